-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_gone (
  release_id    uuid,
  of_deployment boolean,
  author        text,
  author_role   text,
  person        text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_project constant text := (select r.project from ops.releases r where r.release_id = require_gone.release_id);
begin
  if ops_private.holds(author, author_role, v_project) then
    perform ops_private.refuse_liftable(
      release_id, of_deployment, format('%s is still an active %s', author, author_role),
      format('%s can lift it', author),
      'ask them to decide or to report again');
  end if;
  perform ops_private.refuse_who_had_them_go(author, author_role, v_project, person);
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_gone"(uuid, boolean, text, text, text) IS 'Raises OPS11 while the author of a stop is an active member in the role in which they made it, and when such a membership was ended on behalf of the person who would dismiss it.';

REVOKE ALL ON FUNCTION "ops_private"."require_gone"(uuid, boolean, text, text, text) FROM PUBLIC;
