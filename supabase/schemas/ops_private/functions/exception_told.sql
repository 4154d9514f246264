-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_told (
  x    ops.exceptions,
  kind ops.ops_notice_kind
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_object(
    'text', ops_private.shortened(format('%s for %s: %s', x.exception_type, array_to_string(x.impacted_gates, ', '), x.reason)),
    'missing', case kind
      when 'exception_opened' then '[]'::jsonb
      when 'exception_ends' then jsonb_build_array(jsonb_build_object(
        'what', format('it ends at %s', to_char(x.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
        'remedy', 'meet what it covers, or open another exception', 'who', 'release_manager'))
      else jsonb_build_array(jsonb_build_object(
        'what', 'it has ended and nobody reviewed it', 'remedy', 'review it: ops-gates exception review',
        'who', 'release_manager')) end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_told"(ops.exceptions, ops.ops_notice_kind) IS 'What a message says of an exception.';

REVOKE ALL ON FUNCTION "ops_private"."exception_told"(ops.exceptions, ops.ops_notice_kind) FROM PUBLIC;
