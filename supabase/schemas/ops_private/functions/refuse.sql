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
    s.detail := failure.detail;
  elsif failure.state in ('OPS06', '42501') then
    s.error := 'forbidden_event';
    s.detail := '{"reason": "the person named is not an active member with the role given"}';
  else
    s.outcome := 'error';
    s.error := 'internal_error';
    s.detail := jsonb_build_object(
      'sqlstate', failure.state, 'constraint', failure.constraint_name, 'where', left(failure.context, 2000));
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse"(ops_private.submission, jsonb, ops_private.failure) IS 'What becomes of a submission whose recording was broken off, and undone: refused by ops_private.refuse_event; in the name of somebody who may not (OPS06, 42501); or, for any other exception, an internal_error.';

REVOKE ALL ON FUNCTION "ops_private"."refuse"(ops_private.submission, jsonb, ops_private.failure) FROM PUBLIC;
