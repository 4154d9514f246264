-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_few_proposals (
  change ops.policy_changes
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (
    select count(*) from ops.policy_changes x
    where x.created_by = ops_private.current_actor() and x.gate_code = change.gate_code
      and x.project is not distinct from change.project and x.confirmed_at is null and x.on_behalf_of is null
      and ops_private.lapses_at(x) > clock_timestamp()
  ) >= 20 then
    raise exception using errcode = 'OPS10', message = format('20 proposals of yours for %s wait already', change.gate_code),
      hint = 'ask another release manager to confirm one, or wait until they lapse, 7 days after they were made';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_few_proposals"(ops.policy_changes) IS 'Raises OPS10 when the caller made 20 proposals for a gate of a project within 7 days that nobody confirmed: each is looked at wherever proposals are shown.';

REVOKE ALL ON FUNCTION "ops_private"."require_few_proposals"(ops.policy_changes) FROM PUBLIC;
