-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.advice_of (
  release ops.releases,
  target  ops.ops_environment,
  as_of   timestamp with time zone
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_finding ops.gate_finding;
begin
  if release.dismissed then
    return query select f.* from ops_private.find_dismissed(release, advice_of.as_of) as f;
  end if;
  v_finding := ops_private.find_moving_ref(release);
  if v_finding.kind is not null then
    return next v_finding;
  end if;
  if release.retired then
    return query select f.* from ops_private.retired_failures(release, advice_of.as_of) as f;
  end if;
  -- Few releases have a rollback. An index has no other rows.
  if exists (select from ops.deployments d where d.release_id = release.release_id and d.rollback_of is not null) then
    return query select f.* from ops_private.rollbacks_to_unknown(release, advice_of.as_of) as f;
    return query select f.* from ops_private.rollbacks_in_doubt(release, advice_of.as_of) as f;
  end if;
  if target = 'production' then
    return query select f.* from ops_private.find_production_policy(release, 'advisory', advice_of.as_of) as f;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."advice_of"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'The advisory findings on promoting a release to an environment at a moment, by the facts known then. None of them keeps the release out.';

REVOKE ALL ON FUNCTION "ops_private"."advice_of"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
