-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.open_release (
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
  perform ops_private.require_role('service_role', 'ci_service_role', 'release_manager');
  v_source_ref := ops_private.source_ref_of(open_release.source_ref);
  v_project := ops_private.project_named(open_release.project);
  for v_try in 1 .. 2 loop
    select r.* into v_release from ops.releases r
    where r.project = v_project and r.release_name = open_release.release_name
      and not r.name_freed;
    exit when found;
    insert into ops.releases as r (
      project, release_name, environment_target, source_ref, scope_metadata, initiating_actor
    ) values (
      v_project, open_release.release_name, ops_private.environment_named(open_release.environment_target),
      v_source_ref, coalesce(open_release.scope_metadata, '{}'),
      coalesce(open_release.initiating_actor, ops_private.current_actor())
    )
    on conflict do nothing -- a column here would be taken for an argument of that name
    returning r.* into v_release;
    exit when found;
    -- Another transaction opened it, and the insert waited for its commit. The next read finds it.
  end loop;
  perform ops_private.same_release(v_release, v_source_ref);
  return v_release.release_id;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."open_release"(text, text, text, text, jsonb, text) TO "ci_service_role", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."open_release"(text, text, text, text, jsonb, text) IS 'Opens a release and returns its id. If the project has a release of that name, returns its id when it has this source_ref and is not closed, whatever the other arguments say; otherwise raises OPS09. The name of a release that was closed without facts is free. The project must be registered, in any case: OPS04 for service_role, 42501 for others. A machine must name a person as initiator (OPS06 when unknown); people are always the initiator themselves (42501). 22023: unknown environment. 23514: a name that nobody can read, or a source_ref that is a short commit id.';

REVOKE ALL ON FUNCTION "ops"."open_release"(text, text, text, text, jsonb, text) FROM PUBLIC;
