-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_status_at (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_status ops.ops_release_status;
begin
  select case
    when bool_or(t.status = 'failed') then 'failed'
    when bool_or(t.status = 'rolled_back') then 'rolled_back'
    when bool_and(coalesce(t.status = 'succeeded' and t.was_eligible, false)) then 'promoted' end
  into v_status
  from (
    -- When every target was taken out, the status stays what it was.
    select f.*, bool_and(f.retired) over () as gone from (
      select
        (array_agg(s.status order by n.place) filter (where s.status is not null))[1] as status,
        (array_agg(d.was_eligible order by n.place) filter (where s.status is not null))[1] as was_eligible,
        release.retired and ops_private.target_retired_at(
          release, release.environment_target, n.target, release_status_at.as_of) is not null as retired
      from ops_private.deployments_at(release.release_id, release_status_at.as_of) as n
      join ops.deployments d on d.deployment_id = n.deployment_id
      cross join lateral (
        select case when n.undone_at is not null then 'rolled_back' else n.ended end as status
      ) as s
      where n.environment = release.environment_target
      group by n.target
    ) as f
  ) as t
  where t.gone or not t.retired;
  return case when v_status is not null then v_status when (
    exists (select from ops.gate_checks f where f.release_id = release.release_id and f.created_at <= as_of)
    or exists (select from ops.approvals f where f.release_id = release.release_id and f.created_at <= as_of)
    or exists (select from ops.evidence_artifacts f where f.release_id = release.release_id and f.created_at <= as_of)
    or exists (select from ops.exceptions f where f.release_id = release.release_id and f.created_at <= as_of)
    or exists (select from ops.deployments f where f.release_id = release.release_id and f.created_at <= as_of)
  ) then 'in_progress' else 'draft' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_status_at"(ops.releases, timestamp with time zone) IS 'The status of a release at a past moment: as ops_private.release_status_of, by the reports that were known then.';

REVOKE ALL ON FUNCTION "ops_private"."release_status_at"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
