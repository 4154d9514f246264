-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.own_requirements (
  project   text,
  gate_code ops.ops_gate_code
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.in_normal_form(array(
    select ops_private.entry_of(q) from ops.gate_requirements q
    where q.gate_code = own_requirements.gate_code and q.project is not distinct from own_requirements.project
      and q.valid_to is null
  ));
end
$function$;

COMMENT ON FUNCTION "ops_private"."own_requirements"(text, ops.ops_gate_code) IS 'The open rows that a project has for a gate, in normal form; with null, the default rows. An empty array: a project without rows of its own.';

REVOKE ALL ON FUNCTION "ops_private"."own_requirements"(text, ops.ops_gate_code) FROM PUBLIC;
