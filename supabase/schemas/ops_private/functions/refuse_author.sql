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
  v_alone_since constant timestamptz := ops_private.alone_since(change.created_by, change.project);
  v_from constant timestamptz := greatest(change.created_at, v_alone_since) + ops_private.alone_after();
begin
  if ops_private.current_person() is distinct from change.created_by then
    return;
  elsif v_alone_since is null then
    raise exception using errcode = 'OPS24', message = 'you proposed this, so another release manager confirms it',
      hint = 'ask another one, of the same project; for rows for every project, one of every project';
  elsif clock_timestamp() < v_from then
    raise exception using errcode = 'OPS17',
      message = 'the only release manager confirms their own proposal when it was made, and nobody else was a release manager, 24 hours ago',
      detail = format('it can be confirmed from %s on', v_from),
      hint = 'wait, or have a second release manager granted (ops.grant_membership), who can confirm it at once';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_author"(ops.policy_changes) IS 'Raises why the author of a proposal cannot confirm it: OPS24 while there is another release manager, OPS17 within 24 hours of the proposal, or of the moment since when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_author"(ops.policy_changes) FROM PUBLIC;
