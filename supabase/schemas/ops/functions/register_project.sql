-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.register_project (
  project      text,
  description  text DEFAULT NULL::text,
  on_behalf_of text DEFAULT NULL::text,
  reason       text DEFAULT NULL::text
)
  RETURNS text
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_wanted_by text;
  v_project text;
begin
  perform ops_private.require_operator();
  -- Ask before the constraints do: their error would write out the whole row.
  if not ops_private.is_name(register_project.project) or register_project.project ~ '[^ -~]' then
    raise exception using errcode = '23514', constraint = 'project_is_printable_ascii', schema = 'ops',
      table = 'projects', message = 'this cannot be the name of a project',
      hint = 'use 1 to 255 printable ASCII characters, not blank at the ends';
  elsif register_project.description is not null and not ops_private.is_stated(register_project.description) then
    raise exception using errcode = '23514', constraint = 'description_says_something', schema = 'ops',
      table = 'projects', message = 'this description is too long, or nothing of it can be seen',
      hint = 'send at most 8192 bytes with at least one visible character, or none';
  end if;
  v_wanted_by := ops_private.wanted_by(register_project.on_behalf_of, register_project.reason);
  insert into ops.projects as p (project, description, on_behalf_of, reason)
  values (register_project.project, register_project.description, v_wanted_by, register_project.reason)
  on conflict do nothing
  returning p.project into v_project;
  return coalesce(v_project, ops_private.project_or_null(register_project.project));
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."register_project"(text, text, text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."register_project"(text, text, text, text) IS 'Registers a project and returns its spelling. When one of that name exists, in any case, changes nothing and returns its spelling. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises 23514 when the name is not 1 to 255 printable ASCII characters, a text is too long or cannot be seen, or nobody says why; OPS06 when on_behalf_of is no active member.';

REVOKE ALL ON FUNCTION "ops"."register_project"(text, text, text, text) FROM PUBLIC;
