-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.unmet_by_policy (
  release_id uuid,
  policy     ops_private.requirements_in_force[]
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if policy is null then
    return null;
  end if;
  return (
    select coalesce(jsonb_object_agg(a.approval_id, ops_private.unmet_by(a, policy)), '{}'::jsonb)
    from ops.approvals a
    where a.release_id = unmet_by_policy.release_id and a.decision = 'approved'
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."unmet_by_policy"(uuid, ops_private.requirements_in_force[]) IS 'What each approval of a release would not meet if it was judged by this policy (ops_private.requirements_of): an object of approval_id and the field of the requirement, null for nothing. Null without a policy: the answer that was kept with each approval counts then.';

REVOKE ALL ON FUNCTION "ops_private"."unmet_by_policy"(uuid, ops_private.requirements_in_force[]) FROM PUBLIC;
