-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_sight (
  project text
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- The statement that waited for the lock saw the memberships as they were before the wait.
  if project is not null and not ops_private.sees(project) then
    perform ops_private.refuse_replaced();
    raise exception using errcode = '42501', message = 'you may not act for this project any more',
      detail = 'your membership ended while this waited for another change of the release',
      hint = 'ask for a membership (ops.grant_membership)';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_sight"(text) IS 'Raises 42501 when the caller may not act for the project any more. Whoever waited for the lock of a release asks this afterwards: their membership may have ended meanwhile. Null for no release.';

REVOKE ALL ON FUNCTION "ops_private"."require_sight"(text) FROM PUBLIC;
