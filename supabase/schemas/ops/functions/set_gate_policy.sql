-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.set_gate_policy (
  gate_code    text,
  requirements jsonb,
  project      text  DEFAULT NULL::text
)
  RETURNS TABLE (
    release_id      uuid,
    release_project text,
    release_name    text,
    touched         boolean
  )
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate ops.ops_gate_code;
  v_project text;
  v_entries ops_private.policy_entry[];
  v_now timestamptz;
begin
  perform ops_private.require_operator();
  if (set_gate_policy.gate_code in ('G1', 'G2', 'G3', 'G4')) is not true then
    raise exception using errcode = 'OPS10', message = 'there is no such gate', hint = 'name G1, G2, G3 or G4';
  end if;
  v_gate := set_gate_policy.gate_code::ops.ops_gate_code;
  if set_gate_policy.project is not null then
    v_project := ops_private.project_named(set_gate_policy.project);
  end if;
  v_entries := array(select e from ops_private.policy_entries(requirements, v_project) as e);
  -- Wait for releases that are being opened, and make later ones wait, so that each release has one policy.
  perform pg_advisory_xact_lock(hashtextextended('table ops.gate_requirements', 0));
  v_now := clock_timestamp();
  perform ops_private.replace_policy(v_gate, v_project, v_entries, v_now);
  perform ops_private.require_whole_policy(v_gate, v_project);
  return query
  select r.release_id, r.project, r.release_name::text, r.created_at >= v_now from ops.releases r
  where r.status in ('draft', 'in_progress') and r.closed_at is null
    and (v_project is null or r.project = v_project)
  order by r.created_at;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."set_gate_policy"(text, jsonb, text) TO "service_role";

COMMENT ON FUNCTION "ops"."set_gate_policy"(text, jsonb, text) IS 'Replaces the requirements of a gate for releases opened from now on: for one project, or (project null) for all projects without rows of their own. An empty array makes a project use the defaults again. Rows are closed and opened, never edited. Returns the open releases concerned; touched says whether the new policy applies to the release. Only service_role and the owner of the schemas may call it. OPS04: the project is not registered. OPS06: somebody named in approvers is no active person, or none of them holds the role in which they are to approve. OPS10: the policy is refused.';

REVOKE ALL ON FUNCTION "ops"."set_gate_policy"(text, jsonb, text) FROM PUBLIC;
