-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_contested (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS SETOF ops_private.contested
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    c, g.gate_code,
    g.gate_code <> 'G4' or g.gate_code = 'G4' and (c.environment >= (
      select d.furthest from ops_private.deployments_at(standing_contested.release_id, as_of) as d limit 1
    )) is not false,
    g.gate_code = 'G4' and (c.environment = 'staging') is not false,
    g.gate_code is null
  from ops.contested_reports c
  join ops.releases r on r.release_id = c.release_id
  left join ops.release_gates g on g.gate_id = c.gate_id
  where c.release_id = standing_contested.release_id and c.created_at <= standing_contested.as_of
    -- As the fact would: it does not count while its target is out, if it was recorded before.
    and (r.retired and c.created_at
      < ops_private.target_retired_at(r, c.environment, c.target, standing_contested.as_of)) is not true
    and not ops_private.has_ended(c, standing_contested.as_of)
  order by c.created_at, c.check_name, c.contested_id;
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_contested"(uuid, timestamp with time zone) IS 'The contested reports of a release that stand at a moment, oldest first. One about an environment fails G4 when that is the furthest that the release has reached, or beyond. One whose environment could not be read counts everywhere. One whose target was taken out since does not stand.';

REVOKE ALL ON FUNCTION "ops_private"."standing_contested"(uuid, timestamp WITH time zone) FROM PUBLIC;
