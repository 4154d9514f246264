CREATE OR REPLACE FUNCTION ops.is_eligible_for_promotion (
  release_id uuid,
  target_env text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_target ops.ops_environment;
  v_now constant timestamptz := clock_timestamp();
begin
  perform ops.require_any_role();
  v_target := ops.environment_named(target_env);
  perform ops.release_named(is_eligible_for_promotion.release_id);
  -- While no exception is active, time changes nothing: the stored verdicts are the answer.
  if exists (
    select from ops.exceptions x where x.release_id = is_eligible_for_promotion.release_id and ops.is_active(x, v_now)
  ) then
    return not exists (select from ops.blockers_of(is_eligible_for_promotion.release_id, v_target, v_now));
  end if;
  return v_target = 'dev'
    or not exists (
      select from ops.release_gates g
      where g.release_id = is_eligible_for_promotion.release_id and g.status <> 'passed'
        and g.gate_code <= case v_target when 'staging' then 'G2' else 'G3' end::ops.ops_gate_code
    )
    and (v_target <> 'production' or (
      -- The newest that is not pending is the one whose health stands.
      select d.g4_status from ops.deployments d
      where d.release_id = is_eligible_for_promotion.release_id and d.environment = 'staging'
        and d.rollback_of is null and d.g4_status <> 'pending'
      order by d.deployed_at desc, d.deployment_ref desc limit 1
    ) is distinct from 'failed');
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."is_eligible_for_promotion"(uuid, text) TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."is_eligible_for_promotion"(uuid, text) IS 'May this release go to dev, staging or production now? staging needs G1 and G2, production G3 too and no failed staging deployment; each passed, or bypassed under an exception that is active now. Never null. OPS04 unknown release, 22023 unknown environment.';

REVOKE ALL ON FUNCTION "ops"."is_eligible_for_promotion"(uuid, text) FROM PUBLIC;
