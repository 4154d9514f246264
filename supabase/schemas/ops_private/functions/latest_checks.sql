-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.latest_checks (
  release_id uuid,
  gate_id    uuid,
  as_of      timestamp with time zone,
  dismissed  boolean                  DEFAULT NULL::boolean,
  undone     jsonb                    DEFAULT NULL::jsonb
)
  RETURNS SETOF ops_private.latest_check
  LANGUAGE plpgsql
  STABLE
  ROWS 4
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_dismissed boolean := latest_checks.dismissed;
  v_set_aside uuid[] := '{}'::uuid[];
begin
  if v_dismissed is null then
    v_dismissed := (select r.dismissed from ops.releases r where r.release_id = latest_checks.release_id);
  end if;
  if v_dismissed then
    -- As ops_private.dismissed_checks, of one gate.
    v_set_aside := array(
      select gc.check_id
      from ops.dismissals d
      join ops.gate_checks gc on gc.release_id = d.release_id and gc.gate_id = d.gate_id
      where d.release_id = latest_checks.release_id and d.gate_id = latest_checks.gate_id and d.check_id is not null
        and d.check_name = gc.check_name and d.trusted = gc.trusted
        and d.deployment_id is not distinct from gc.deployment_id
        and (gc.trusted or (d.author, d.author_role) = (gc.created_by, gc.created_role))
        and gc.created_at <= d.created_at and d.created_at <= latest_checks.as_of
    );
  end if;
  return query
  select distinct on (gc.deployment_id, gc.check_name, gc.trusted)
    gc.deployment_id, gc.check_name, gc.trusted, gc.status, gc.check_id
  from ops.gate_checks gc
  where gc.release_id = latest_checks.release_id and gc.gate_id = latest_checks.gate_id
    and gc.created_at <= latest_checks.as_of and gc.check_id <> all (v_set_aside)
    and (undone is null or gc.observed_at <= (undone ->> gc.deployment_id::text)::timestamptz)
  order by gc.deployment_id, gc.check_name, gc.trusted, gc.observed_at desc, gc.status, gc.created_at desc;
end
$function$;

COMMENT ON FUNCTION "ops_private"."latest_checks"(uuid, uuid, timestamp with time zone, boolean, jsonb) IS 'The latest observation per deployment, check name and trust class on a gate at a moment, ordered by name. Of simultaneous observations the worse one counts; of equal ones, the one recorded last. What was dismissed by then is left out. dismissed: releases.dismissed, if the caller knows it. undone: {deployment_id: moment}; only what was observed of these deployments until then. Verdicts on G4 use ops_private.counted_checks.';

REVOKE ALL ON FUNCTION "ops_private"."latest_checks"(uuid, uuid, timestamp WITH time zone, boolean, jsonb) FROM PUBLIC;
