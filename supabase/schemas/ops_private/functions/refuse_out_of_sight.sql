-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_out_of_sight()
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if current_setting('role') in ('none', 'service_role') then
    raise exception using errcode = 'OPS04', message = 'there is no such release',
      hint = 'ops.my_releases shows the releases, and ops.open_release opens one';
  end if;
  -- The same for a release that is not there and for one of others, so that nobody finds out which there are.
  raise exception using errcode = '42501', message = 'you may not see this release',
    detail = 'there is none with this id, or it is of a project that is not yours',
    hint = 'ops.my_releases shows the releases of your projects';
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_out_of_sight"() IS 'Raises OPS04 for service_role and the owner, 42501 for everyone else: a release that is not there, or is not for the caller.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_out_of_sight"() FROM PUBLIC;
