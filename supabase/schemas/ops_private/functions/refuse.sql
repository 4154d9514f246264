-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse (
  s        ops_private.submission,
  envelope jsonb,
  failure  ops_private.failure
)
  RETURNS ops_private.submission
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  s.envelope := refuse.envelope;
  s.received_at := coalesce(s.received_at, clock_timestamp());
  s.outcome := 'rejected';
  if failure.state = 'OPS20' then
    s.error := failure.message;
    s.detail := failure.detail::jsonb;
  elsif failure.state in ('OPS06', '42501') then
    s.error := 'forbidden_event';
    s.detail := (case failure.state when 'OPS06'
      then '{"reason": "the person named is not an active member with the role given", "field": "payload.approver_id"}'
      else '{"reason": "you are no active member with the role of your token"}' end)::jsonb;
  else
    s.outcome := 'error';
    s.error := 'internal_error';
    s.detail := jsonb_build_object(
      'sqlstate', failure.state, 'constraint', failure.constraint_name, 'where', left(failure.context, 2000));
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse"(ops_private.submission, jsonb, ops_private.failure) IS 'The result of a submission whose recording raised an exception and was rolled back. OPS20 (ops_private.refuse_event): refused with its code. OPS06 or 42501: forbidden_event. Any other exception: internal_error.';

REVOKE ALL ON FUNCTION "ops_private"."refuse"(ops_private.submission, jsonb, ops_private.failure) FROM PUBLIC;
