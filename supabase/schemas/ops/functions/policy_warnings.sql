-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.policy_warnings (
  project text DEFAULT NULL::text
)
  RETURNS SETOF ops.policy_warning
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_role('service_role', 'release_manager', 'audit_reader');
  return query
  select w.* from ops_private.all_warnings(case
    when policy_warnings.project is not null then array[ops_private.project_named(policy_warnings.project)]
    when ops_private.sees_all() then array(select p from ops_private.warned_projects() as p)
    else ops_private.my_projects() end) as w;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."policy_warnings"(text) TO "audit_reader", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."policy_warnings"(text) IS 'What the active members cannot satisfy of the policy that is in force, or of an open proposal: too few people for a gate or for several together, people named as approvers without the role, fewer than two release managers. For one project, or with null for all of the caller; the projects without requirements and members of their own are one row, with project null. Only for service_role, release managers and auditors. Raises OPS04 for an unknown project, 42501 for one of others.';

REVOKE ALL ON FUNCTION "ops"."policy_warnings"(text) FROM PUBLIC;
