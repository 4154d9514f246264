-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_send_source (
  source ops.ops_source_system,
  role   text                  DEFAULT current_setting('role'::text)
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (role = 'service_role' or case
    when source in ('github_actions', 'gitlab_ci', 'jenkins', 'azure_pipelines', 'ci') then role = 'ci_service_role'
    when source = 'monitoring' then role in ('ci_service_role', 'sre')
    when source = 'manual' then role in ('release_manager', 'qa_tester', 'sre', 'developer')
  end) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_send_source"(ops.ops_source_system, text) IS 'Whether a role (that of the caller if none is given) may name a source system. This is the one list: events and the policies of tables ask it. It says nothing about the type of an event or its gate: ops_private.may_send does.';
