CREATE OR REPLACE FUNCTION ops.first_blocker (
  release_id uuid,
  target_env text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  perform ops.require_role('service_role', 'release_manager', 'audit_reader');
  return (
    select format('%s: %s (%s)', b.gate_code, b.requirement, b.detail)
    from ops.promotion_blockers(first_blocker.release_id, first_blocker.target_env) with ordinality as b(
      gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place
    ) order by b.place limit 1
  );
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."first_blocker"(uuid, text) TO "audit_reader", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."first_blocker"(uuid, text) IS 'The first of ops.promotion_blockers in words; null when there is none. For the eligibility view.';

REVOKE ALL ON FUNCTION "ops"."first_blocker"(uuid, text) FROM PUBLIC;
