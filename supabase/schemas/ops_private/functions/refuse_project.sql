-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_project (
  code     text,
  expected text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_event('invalid_payload', jsonb_build_object('issues', ops_private.issue(
    '["payload", "project"]', code, expected)));
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_project"(text, text) IS 'Refuses an event for the project that it names, or does not name.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_project"(text, text) FROM PUBLIC;
