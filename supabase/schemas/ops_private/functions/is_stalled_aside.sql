-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_stalled_aside (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.dismissals x
    where x.release_id = is_stalled_aside.release_id and x.deployment_id = is_stalled_aside.deployment_id
      and x.kind = 'stalled_deployment' and x.created_at <= is_stalled_aside.as_of
      and not exists (
        select from ops.deployment_reports r
        where r.release_id = x.release_id and r.deployment_id = x.deployment_id
          and r.created_at > x.created_at and r.created_at <= is_stalled_aside.as_of
      ) and not exists (
        select from ops.gate_checks gc
        where gc.release_id = x.release_id and gc.deployment_id = x.deployment_id
          and gc.created_at > x.created_at and gc.created_at <= is_stalled_aside.as_of
      )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_stalled_aside"(uuid, uuid, timestamp with time zone) IS 'Whether a stalled deployment is set aside at a moment: it was dismissed, and nothing was reported of it since.';

REVOKE ALL ON FUNCTION "ops_private"."is_stalled_aside"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
