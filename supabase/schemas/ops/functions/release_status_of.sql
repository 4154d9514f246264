CREATE OR REPLACE FUNCTION ops.release_status_of (
  release_id uuid
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_newest record;
begin
  select d.status, d.was_eligible into v_newest
  from ops.deployments d
  join ops.releases r on r.release_id = d.release_id and r.environment_target = d.environment
  where d.release_id = release_status_of.release_id and d.rollback_of is null and d.status <> 'in_progress'
  order by d.deployed_at desc, d.deployment_ref desc limit 1;
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

COMMENT ON FUNCTION "ops"."release_status_of"(uuid) IS 'What the facts make of a release: by its newest finished deployment to the target, else in_progress with a fact and draft without.';

REVOKE ALL ON FUNCTION "ops"."release_status_of"(uuid) FROM PUBLIC;
