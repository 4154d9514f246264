-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.first_blockers (
  release_id uuid
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_blocker ops.gate_finding;
  v_words text;
  v_staging text;
  v_production text;
begin
  perform ops_private.require_reader('ops.releases', 'ops.release_gates');
  v_release := ops_private.release_named(first_blockers.release_id);
  for v_blocker in
    select b.* from ops_private.blockers_of(v_release, 'production', ops_private.present(v_release)) as b
  loop
    v_words := format(
      '%s: %s (%s)', coalesce(v_blocker.gate_code::text, 'release'), v_blocker.requirement, v_blocker.detail);
    v_production := coalesce(v_production, v_words);
    -- Staging needs its gates alone, and no objection to the release as a whole. Production needs them too, with the
    -- same findings in the same order.
    if (v_blocker.gate_code = any (ops_private.gates_before('staging'))) is not false then
      v_staging := coalesce(v_staging, v_words);
    end if;
  end loop;
  return array[v_staging, v_production];
end
$function$;

COMMENT ON FUNCTION "ops_private"."first_blockers"(uuid) IS 'The first blocker for staging and the first for production, in words. Each is null exactly when the release is eligible now. For the eligibility view. Raises 42501 when the caller may not read gates.';
