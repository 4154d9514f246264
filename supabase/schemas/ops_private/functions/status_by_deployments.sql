-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.status_by_deployments (
  release_id uuid,
  as_of      timestamp with time zone,
  past       boolean
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r where r.release_id = status_by_deployments.release_id;
  return (
    select case
      when bool_or(t.status = 'failed') then 'failed'
      when bool_or(t.status = 'rolled_back') then 'rolled_back'
      when bool_and(coalesce(t.status = 'succeeded' and t.was_eligible, false)) then 'promoted'
    end::ops.ops_release_status
    from (
      -- When every target was taken out, the status stays what it was.
      select f.*, bool_and(f.retired) over () as gone from (
        select
          (array_agg(s.status order by n.place) filter (where s.status is not null))[1] as status,
          (array_agg(d.was_eligible order by n.place) filter (where s.status is not null))[1] as was_eligible,
          v_release.retired and ops_private.target_retired_at(
            v_release, v_release.environment_target, n.target, as_of) is not null as retired
        from ops_private.deployments_at(v_release.release_id, as_of) as n
        join ops.deployments d on d.deployment_id = n.deployment_id
        cross join lateral (
          select case when not past then nullif(d.status, 'in_progress')
            when n.undone_at is not null then 'rolled_back' else n.ended end as status
        ) as s
        where n.environment = v_release.environment_target
        group by n.target
      ) as f
    ) as t
    where t.gone or not t.retired
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."status_by_deployments"(uuid, timestamp with time zone, boolean) IS 'The status of a release that follows from the newest finished deployment to each target of its target environment: failed if one failed, else rolled_back if one was, else promoted if all succeeded while eligible. Null otherwise, also while a target has no finished deployment. past: by the reports that were known at the moment, and not by the stored statuses.';

REVOKE ALL ON FUNCTION "ops_private"."status_by_deployments"(uuid, timestamp WITH time zone, boolean) FROM PUBLIC;
