-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_whole_policy (
  gate_code ops.ops_gate_code,
  project   text,
  entries   ops_private.policy_entry[]
)
  RETURNS void
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- A project without rows of its own uses the default rows.
  if (entries <> '{}' or require_whole_policy.project is null) and not exists (
    select from unnest(entries) as e where e.enforcement = 'blocking' and ops_private.is_on_gate(e.kind)
  ) then
    raise exception using errcode = 'OPS10', message = format('%s would have no blocking requirement', gate_code),
      hint = 'keep at least one blocking requirement, or open an exception for the release';
  elsif (select count(distinct e.one_gate) > 1 from unnest(entries) as e where e.kind = 'approval') then
    -- Otherwise it would depend on the order of two requirements whether one person may meet both.
    raise exception using errcode = 'OPS10',
      message = format('the approvals of %s do not say one_gate alike', gate_code),
      hint = 'say it alike in each approval of the gate: whether one person may give several of them';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_whole_policy"(ops.ops_gate_code, text, ops_private.policy_entry[]) IS 'Raises OPS10 when the requirements of a gate, of a project or (null) of the defaults, do not make a policy: without a blocking requirement (a project may have no rows at all), or with approvals that differ in one_gate.';

REVOKE ALL ON FUNCTION "ops_private"."require_whole_policy"(ops.ops_gate_code, text, ops_private.policy_entry[]) FROM PUBLIC;
