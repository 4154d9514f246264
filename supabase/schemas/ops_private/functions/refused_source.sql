-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refused_source (
  source text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_object(
    'role', current_setting('role'), 'source_system', source, 'field', 'source_system',
    'senders', (
      select jsonb_agg(r.role) from unnest(array[
        'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'service_role']) as r (role)
      where ops_private.may_send_source(source::ops.ops_source_system, r.role)
    ),
    'sources', (
      select jsonb_agg(e.source) from unnest(enum_range(null::ops.ops_source_system)) as e (source)
      where ops_private.may_send_source(e.source)
    ));
end
$function$;

COMMENT ON FUNCTION "ops_private"."refused_source"(text) IS 'The detail of an event whose sender may send it, but not with this source: who may, and which sources the sender may name.';

REVOKE ALL ON FUNCTION "ops_private"."refused_source"(text) FROM PUBLIC;
