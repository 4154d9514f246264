CREATE OR REPLACE FUNCTION ops.first_blockers (
  release_id uuid
)
  RETURNS ops.release_blockers
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_blocker ops.gate_finding;
  v_words text;
  v_first ops.release_blockers;
begin
  perform ops.require_role('service_role', 'release_manager', 'audit_reader');
  for v_blocker in select * from ops.blockers_of(first_blockers.release_id, 'production', clock_timestamp()) loop
    v_words := format('%s: %s (%s)', v_blocker.gate_code, v_blocker.requirement, v_blocker.detail);
    v_first.production := coalesce(v_first.production, v_words);
    -- G1 and G2 are judged the same way for both, and come first.
    if v_blocker.gate_code <= 'G2' then
      v_first.staging := coalesce(v_first.staging, v_words);
    end if;
  end loop;
  return v_first;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."first_blockers"(uuid) TO "audit_reader", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."first_blockers"(uuid) IS 'The first of ops.promotion_blockers for staging and for production in words, judged once; each null exactly when the release may go there now. For the eligibility view.';

REVOKE ALL ON FUNCTION "ops"."first_blockers"(uuid) FROM PUBLIC;
