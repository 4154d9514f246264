-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.place_of_cursor (
  before uuid,
  reach  ops_private.reach[],
  OUT    created_at timestamp with time zone,
  OUT    release_id uuid
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_projects constant text[] := ops_private.projects_in(reach);
begin
  if before is null then
    place_of_cursor.created_at := 'infinity';
    place_of_cursor.release_id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    return;
  end if;
  select r.created_at, r.release_id into place_of_cursor.created_at, place_of_cursor.release_id
  from ops.releases r
  where r.release_id = before and (v_projects is null or r.project = any (v_projects));
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such release',
      hint = 'give the release_id of the last row of the page before';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."place_of_cursor"(uuid, ops_private.reach[]) IS 'Where the last release of a page stands; the end of time without one. Raises OPS04 when it is not there, and when it is of a project where the person holds no role.';

REVOKE ALL ON FUNCTION "ops_private"."place_of_cursor"(uuid, ops_private.reach[]) FROM PUBLIC;
