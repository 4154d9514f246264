-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissers (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select distinct d.created_by from ops.dismissals d
    where d.release_id = dismissers.release_id and d.created_at <= dismissers.as_of
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissers"(uuid, timestamp with time zone) IS 'The people who dismissed something of a release until a moment. Their approvals of it do not count.';

REVOKE ALL ON FUNCTION "ops_private"."dismissers"(uuid, timestamp WITH time zone) FROM PUBLIC;
