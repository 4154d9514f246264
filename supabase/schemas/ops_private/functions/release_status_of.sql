-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_status_of (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_newest record;
begin
  select d.status, d.was_eligible into v_newest
  from ops_private.deployments_at(release_status_of.release_id, as_of) as n
  join ops.deployments d on d.deployment_id = n.deployment_id
  join ops.releases r on r.release_id = d.release_id and r.environment_target = d.environment
  where d.status <> 'in_progress'
  order by n.place limit 1;
  if v_newest.status in ('failed', 'rolled_back') then
    return v_newest.status::text::ops.ops_release_status;
  elsif v_newest.was_eligible then
    return 'promoted';
  end if;
  return case
    when exists (select from ops.gate_checks gc where gc.release_id = release_status_of.release_id)
      or exists (select from ops.approvals a where a.release_id = release_status_of.release_id)
      or exists (select from ops.evidence_artifacts e where e.release_id = release_status_of.release_id)
      or exists (select from ops.exceptions x where x.release_id = release_status_of.release_id)
      or exists (select from ops.deployments d where d.release_id = release_status_of.release_id)
    then 'in_progress' else 'draft' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_status_of"(uuid, timestamp with time zone) IS 'The status of a release that follows from its facts: from its newest finished deployment to the target environment; otherwise in_progress with any fact, draft without.';

REVOKE ALL ON FUNCTION "ops_private"."release_status_of"(uuid, timestamp WITH time zone) FROM PUBLIC;
