-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.alone_since (
  person  text,
  project text
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if exists (
    select from ops.v_memberships s
    where s.role = 'release_manager' and (s.project is null or s.project = alone_since.project)
      and s.recorded_as <> person
  ) then
    return null;
  end if;
  return (
    select coalesce(max(e.created_at), '-infinity')
    from ops.memberships e
    join ops.members m on m.member_id = e.member_id
    where e.role = 'release_manager' and (e.project is null or e.project = alone_since.project) and not e.granted
      and m.recorded_as <> person
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."alone_since"(text, text) IS 'Since when nobody but this person is a release manager for a project (null: for every project); null while somebody else is. A membership of every project counts for each.';

REVOKE ALL ON FUNCTION "ops_private"."alone_since"(text, text) FROM PUBLIC;
