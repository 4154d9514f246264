-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.policy_state (
  change ops.policy_changes
)
  RETURNS ops.ops_policy_state
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_lapses_at constant timestamptz := ops_private.lapses_at(change);
  v_lapsed constant boolean := clock_timestamp() >= v_lapses_at;
begin
  perform ops_private.require_reader('ops.policy_changes');
  -- What happened after a proposal lapsed is not the cause.
  return case
    when change.on_behalf_of is not null then 'set'::ops.ops_policy_state
    when change.confirmed_at is not null then 'confirmed'
    when ops_private.is_overtaken(change)
      and (not v_lapsed or ops_private.changed_between(change, change.created_at, v_lapses_at)) then 'overtaken'
    when not ops_private.managed_throughout(
      change.created_by, change.project, change.created_at, least(clock_timestamp(), v_lapses_at)
    ) then 'author_revoked'
    when v_lapsed then 'lapsed'
    else 'open'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."policy_state"(ops.policy_changes) IS 'What became of a change of policy. Whoever may read ops.policy_changes may ask. The only place of this rule.';
