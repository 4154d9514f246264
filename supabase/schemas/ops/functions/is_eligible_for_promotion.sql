-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.is_eligible_for_promotion (
  release_id uuid,
  target_env text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_eligible boolean;
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  -- Until something begins or ends with time the stored answer is valid: this needs one index look-up.
  select case target_env
    when 'production' then r.cleared_for = 'production' when 'staging' then r.cleared_for <> 'dev' when 'dev' then true
  end into v_eligible
  from ops.releases r
  where r.release_id = is_eligible_for_promotion.release_id and r.closed_at is null and not r.excepted
    and not (r.asks_beyond and target_env = 'production')
    and (r.judged_until is null or r.judged_until > clock_timestamp()) and ops_private.sees(r.project);
  if v_eligible is null then
    v_release := ops_private.release_named(is_eligible_for_promotion.release_id);
    return ops_private.is_eligible_at(
      v_release, ops_private.environment_named(target_env), ops_private.present(v_release));
  end if;
  return v_eligible;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."is_eligible_for_promotion"(uuid, text) TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."is_eligible_for_promotion"(uuid, text) IS 'Whether the release may be deployed to dev, staging or production now. A closed release may go nowhere. dev requires nothing else. staging requires G1 and G2, and that nobody objects to the release as a whole. production also requires G3, no target of staging where the newest deployment has failed, and what the policy asks beside the gates. A gate counts when it is passed, or bypassed by an exception that has an effect now. Never null. OPS04: unknown release. 22023: unknown environment.';

REVOKE ALL ON FUNCTION "ops"."is_eligible_for_promotion"(uuid, text) FROM PUBLIC;
