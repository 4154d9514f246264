-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.newer_checks (
  release     ops.releases,
  gate_id     uuid,
  observed_at timestamp with time zone,
  names       jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Nearly always nothing on record was observed later.
  if not exists (
    select from ops.gate_checks gc
    where gc.release_id = release.release_id and gc.gate_id = newer_checks.gate_id and gc.trusted
      and gc.observed_at >= newer_checks.observed_at and gc.created_at < release.recorded_until
  ) then
    return null;
  end if;
  return (
    select jsonb_build_object('superseded_by', jsonb_object_agg(c.check_name, c.check_id))
    from ops_private.latest_checks(release.release_id, newer_checks.gate_id, 'infinity', release.dismissed) as c
    join ops.gate_checks gc on gc.release_id = release.release_id and gc.gate_id = newer_checks.gate_id
      and gc.check_id = c.check_id
    where c.trusted and names ? c.check_name and gc.created_at < release.recorded_until
    having count(*) > 0
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."newer_checks"(ops.releases, uuid, timestamp with time zone, jsonb) IS 'What the answer to a build says of checks on record that count instead of those just written (at recorded_until of the release), because they were observed later: {superseded_by: {check_name: check_id}}. Null without any.';

REVOKE ALL ON FUNCTION "ops_private"."newer_checks"(ops.releases, uuid, timestamp WITH time zone, jsonb) FROM PUBLIC;
