-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.detail_of (
  n ops.notices
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when n.contested_id is not null then (
      select ops_private.contested_told(c, n.gate_code) from ops.contested_reports c
      where c.contested_id = n.contested_id)
    when n.exception_id is not null then (
      select ops_private.exception_told(x, n.kind) from ops.exceptions x where x.exception_id = n.exception_id)
    when n.gate_code is not null then (
      select jsonb_build_object(
        'text', ops_private.shortened(concat_ws(': ', g.gate_name, g.first_missing)), 'missing', ops_private.missing_of(g.missing))
      from ops.release_gates g where g.release_id = n.release_id and g.gate_code = n.gate_code)
    when n.deployment_id is not null then (
      select ops_private.deployment_told(d, n.kind) from ops.deployments d where d.deployment_id = n.deployment_id)
    else jsonb_build_object('text', n.environment, 'missing', '[]'::jsonb)
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."detail_of"(ops.notices) IS 'What a message says beside its kind and release, by the facts and verdicts that are stored now.';

REVOKE ALL ON FUNCTION "ops_private"."detail_of"(ops.notices) FROM PUBLIC;
