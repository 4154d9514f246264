-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_whole_policy (
  gate_code ops.ops_gate_code,
  project   text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_rows bigint;
  v_blocking boolean;
  v_alike boolean;
begin
  select
    count(*), coalesce(bool_or(q.enforcement = 'blocking' and q.on_gate), false),
    coalesce(bool_and(q.one_gate) filter (where q.kind = 'approval')
      = bool_or(q.one_gate) filter (where q.kind = 'approval'), true)
  into v_rows, v_blocking, v_alike
  from ops_private.policy_rows q
  where q.gate_code = require_whole_policy.gate_code and q.project is not distinct from require_whole_policy.project
    and q.valid_to is null;
  -- A project without rows of its own uses the default rows.
  if not v_blocking and (v_rows > 0 or require_whole_policy.project is null) then
    raise exception using errcode = 'OPS10', message = format('%s would have no blocking requirement', gate_code),
      hint = 'keep at least one blocking requirement, or open an exception for the release';
  elsif not v_alike then
    -- Otherwise it would depend on the order of two requirements whether one person may meet both.
    raise exception using errcode = 'OPS10',
      message = format('the approvals of %s do not say one_gate alike', gate_code),
      hint = 'say it alike in each approval of the gate: whether one person may give several of them';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_whole_policy"(ops.ops_gate_code, text) IS 'Raises OPS10 when the open rows of a gate, of a project or (null) of the defaults, do not make a policy: without a blocking requirement (a project may have no rows at all), or with approvals that differ in one_gate.';

REVOKE ALL ON FUNCTION "ops_private"."require_whole_policy"(ops.ops_gate_code, text) FROM PUBLIC;
