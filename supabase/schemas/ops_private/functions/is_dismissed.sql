-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_dismissed (
  fact       uuid,
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return fact = any (ops_private.dismissed_decisions(release_id, as_of))
    or fact = any (ops_private.dismissed_checks(release_id, as_of))
    or ops_private.is_stalled_aside(release_id, fact, as_of)
    or exists (
      select from ops.dismissals d
      where d.release_id = is_dismissed.release_id and d.contested_id = fact and d.created_at <= is_dismissed.as_of
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_dismissed"(uuid, uuid, timestamp with time zone) IS 'Whether a fact of a release is set aside at a moment.';

REVOKE ALL ON FUNCTION "ops_private"."is_dismissed"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
