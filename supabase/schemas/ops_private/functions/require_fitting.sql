-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_fitting (
  gate_code ops.ops_gate_code,
  project   text,
  entries   ops_private.policy_entry[]
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_broken constant text := ops_private.broken_constraint(gate_code, entries);
begin
  perform ops_private.require_personas(entries);
  if v_broken is not null then
    raise exception using errcode = 'OPS10', message = 'a requirement does not fit its gate', detail = v_broken,
      hint = 'the comment on ops.gate_requirements.subject says which subject each kind needs';
  end if;
  perform ops_private.require_able_approvers(e.approvers, coalesce(e.subject, 'release_manager'), project)
  from unnest(entries) as e where e.approvers is not null;
  perform ops_private.require_whole_policy(gate_code, project, entries);
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_fitting"(ops.ops_gate_code, text, ops_private.policy_entry[]) IS 'Raises what would refuse these requirements of a gate if they were proposed: OPS10, or OPS06 for approvers who cannot approve. It writes nothing.';

REVOKE ALL ON FUNCTION "ops_private"."require_fitting"(ops.ops_gate_code, text, ops_private.policy_entry[]) FROM PUBLIC;
