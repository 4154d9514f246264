-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.artifacts_on_record (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS SETOF ops_private.artifact
  LANGUAGE plpgsql
  STABLE
  ROWS 4
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  -- A check that was dismissed leaves the set, until its name is reported again.
  v_set_aside constant uuid[] := (
    select case when r.dismissed then ops_private.dismissed_checks(r.release_id, as_of) else '{}' end
    from ops.releases r where r.release_id = artifacts_on_record.release_id);
begin
  return query
  select distinct a.name, a.sha256
  from (
    select distinct on (gc.check_name) gc.gate_id, gc.check_id
    from ops.gate_checks gc
    where gc.release_id = artifacts_on_record.release_id and gc.created_at <= artifacts_on_record.as_of
      and gc.deployment_id is null and gc.trusted and gc.check_id <> all (v_set_aside)
      and exists (
        select from ops.build_artifacts n
        where n.release_id = gc.release_id and n.gate_id = gc.gate_id and n.check_id = gc.check_id
      )
    order by gc.check_name, gc.observed_at desc, gc.created_at desc
  ) as latest
  join ops.build_artifacts a
    on a.release_id = artifacts_on_record.release_id and a.gate_id = latest.gate_id and a.check_id = latest.check_id;
end
$function$;

COMMENT ON FUNCTION "ops_private"."artifacts_on_record"(uuid, timestamp with time zone) IS 'The artifacts of a release on record at a moment: for each check name those of the latest trusted report under that name that names any. Of simultaneous reports the one recorded last counts.';

REVOKE ALL ON FUNCTION "ops_private"."artifacts_on_record"(uuid, timestamp WITH time zone) FROM PUBLIC;
