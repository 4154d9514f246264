-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.facts_part (
  release ops.releases,
  as_of   timestamp with time zone,
  past    boolean
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_own constant boolean := current_setting('role') <> 'developer'
    or ops_private.current_actor() in (release.initiating_actor, release.created_by);
  v_parts jsonb := jsonb_build_object(
    'checks', case when v_own and ops_private.reads('ops.gate_checks')
      then ops_private.checks_part(release, as_of) end,
    'artifacts', case when ops_private.reads('ops.build_artifacts')
      then ops_private.artifacts_part(release, as_of) end,
    'decisions', case when ops_private.reads('ops.approvals')
      then ops_private.decisions_part(release, as_of) end,
    'evidence', case when ops_private.reads('ops.evidence_artifacts')
      then ops_private.evidence_part(release, as_of) end,
    'exceptions', case when ops_private.reads('ops.exceptions')
      then ops_private.exceptions_part(release, as_of) end,
    'deployments', case when ops_private.reads('ops.deployments')
      then ops_private.deployments_part(release, as_of, past) end,
    'retirements', case when ops_private.reads('ops.retired_targets')
      then ops_private.retirements_part(release, as_of) end,
    'contested_reports', case when ops_private.reads('ops.contested_reports')
      then ops_private.contested_part(release, as_of) end,
    'dismissals', case when ops_private.reads('ops.dismissals')
      then ops_private.dismissals_part(release, as_of) end,
    'incidents', case when ops_private.reads('ops.incidents')
      then ops_private.incidents_part(release, as_of) end);
  v_name text;
  v_cut text[] := '{}'::text[];
begin
  for v_name in
    select p.key from jsonb_each(v_parts) as p
    where case jsonb_typeof(p.value) when 'array' then jsonb_array_length(p.value) > 200 end order by p.key
  loop
    v_cut := v_cut || v_name;
    v_parts := v_parts #- array[v_name, '200'];
  end loop;
  return v_parts || jsonb_build_object('cut', to_jsonb(v_cut));
end
$function$;

COMMENT ON FUNCTION "ops_private"."facts_part"(ops.releases, timestamp with time zone, boolean) IS 'The facts of a release until a moment. A part is null for a role that may not read its table; a developer gets the checks of their own releases. cut: the parts of which only the newest 200 are shown.';

REVOKE ALL ON FUNCTION "ops_private"."facts_part"(ops.releases, timestamp WITH time zone, boolean) FROM PUBLIC;
