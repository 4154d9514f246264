-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_author (
  change ops.policy_changes
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_from constant timestamptz := change.created_at + interval '24 hours';
begin
  if ops_private.current_person() is distinct from change.created_by then
    return;
  elsif cardinality(ops_private.active_people(change.project, 'release_manager')) > 1 then
    raise exception using errcode = 'OPS24', message = 'you proposed this, so another release manager confirms it',
      hint = 'ask another one, of the same project; for rows for every project, one of every project';
  elsif clock_timestamp() < v_from then
    raise exception using errcode = 'OPS17',
      message = 'the only release manager confirms their own proposal 24 hours after it was made, or later',
      detail = format('it can be confirmed from %s on', v_from),
      hint = 'wait, or have a second release manager granted (ops.grant_membership), who can confirm it at once';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_author"(ops.policy_changes) IS 'Raises why the author of a proposal cannot confirm it: OPS24 while there is another release manager, OPS17 within 24 hours when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_author"(ops.policy_changes) FROM PUBLIC;
