-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.holds (
  subject text,
  role    text,
  project text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_subject constant text := lower(holds.subject collate "C"); -- once: it may be a long text that names nobody
begin
  return exists (
    select from ops.v_memberships s
    where lower(s.recorded_as collate "C") = v_subject and s.role = coalesce(holds.role, s.role)
      and (holds.role is not null or s.kind = 'person')
      and (s.project is null or holds.project is null or s.project = holds.project)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."holds"(text, text, text) IS 'Whether a membership of somebody stands, by the name under which records know them, with a role (any role of a person when it is null) that holds for a project (any when it is null).';

REVOKE ALL ON FUNCTION "ops_private"."holds"(text, text, text) FROM PUBLIC;
