-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_unasked (
  release_id    uuid,
  of_deployment boolean,
  check_name    text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if exists (
    select from ops_private.requirements_in_force n
    where n.release_id = require_unasked.release_id and n.kind = 'check' and n.subject = require_unasked.check_name
  ) then
    perform ops_private.refuse_liftable(
      release_id, of_deployment, format('the policy asks for check %s by name', check_name),
      'ci_service_role can report it',
      format('run check %s until it passes, and report it; or open an exception', check_name));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_unasked"(uuid, boolean, text) IS 'Raises OPS11 when the policy of the release has a requirement for a check of this name.';

REVOKE ALL ON FUNCTION "ops_private"."require_unasked"(uuid, boolean, text) FROM PUBLIC;
