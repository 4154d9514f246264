-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.import_release (
  project            text,
  release_name       text,
  environment_target text,
  source_ref         text,
  scope_metadata     jsonb DEFAULT '{}'::jsonb,
  initiating_actor   text  DEFAULT NULL::text
)
  RETURNS uuid
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_project text;
  v_source_ref text;
  v_release ops.releases;
begin
  perform ops_private.require_role('service_role', 'release_manager');
  v_source_ref := ops_private.source_ref_of(import_release.source_ref);
  v_project := ops_private.project_named(import_release.project);
  for v_try in 1 .. 2 loop
    select r.* into v_release from ops.releases r
    where r.project = v_project and r.release_name = import_release.release_name and r.imported_at is not null;
    exit when found;
    insert into ops.releases as r (
      project, release_name, environment_target, source_ref, scope_metadata, initiating_actor, imported_at
    ) values (
      v_project, import_release.release_name, ops_private.environment_named(import_release.environment_target),
      v_source_ref, coalesce(import_release.scope_metadata, '{}'),
      coalesce(import_release.initiating_actor, ops_private.current_actor()), clock_timestamp()
    )
    on conflict do nothing -- as in ops.open_release
    returning r.* into v_release;
    exit when found;
  end loop;
  if v_release.source_ref is distinct from v_source_ref then
    raise exception using errcode = 'OPS09', message = 'a release of the past has this name and another source_ref',
      detail = format('release_id %s', v_release.release_id), hint = 'choose another release_name';
  end if;
  return v_release.release_id;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."import_release"(text, text, text, text, jsonb, text) TO "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."import_release"(text, text, text, text, jsonb, text) IS 'Records a release of the past and returns its id. It is closed from its birth (closed_at, imported_at): eligible for nothing, it waits for nobody, and nobody is told of it. It takes events that say imported alone. What is recorded about it counts for no other release. Its name stays free for others. If the project has a release of the past of that name, returns its id when it has this source_ref, whatever the other arguments say; otherwise raises OPS09. The project must be registered, in any case: OPS04 for service_role, 42501 for release managers. service_role must name a person as initiator (OPS06 when unknown); a release manager is always the initiator themselves (42501). 22023: unknown environment. 23514: a name that nobody can read, or a source_ref that is a short commit id.';

REVOKE ALL ON FUNCTION "ops"."import_release"(text, text, text, text, jsonb, text) FROM PUBLIC;
