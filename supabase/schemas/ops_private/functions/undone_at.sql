-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.undone_at (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select min(r.observed_at) from ops.deployment_reports r
    where r.release_id = undone_at.release_id and r.deployment_id = undone_at.deployment_id
      and r.status = 'rolled_back' and r.created_at <= undone_at.as_of
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."undone_at"(uuid, uuid, timestamp with time zone) IS 'When a deployment was first observed as rolled_back, as known at a moment. Null when it was not.';

REVOKE ALL ON FUNCTION "ops_private"."undone_at"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
