-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.remedy_for (
  f    ops.gate_finding,
  role text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- A developer is shown what failed the build of their release. They repair it; only a pipeline reports the next one.
  return case when role = 'developer' and f.who <> 'developer'
    then 'repair what failed: the next build of the pipeline that passes lifts it' else f.remedy end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."remedy_for"(ops.gate_finding, text) IS 'What a person in a role does about a finding: what it says, if it names this role.';

REVOKE ALL ON FUNCTION "ops_private"."remedy_for"(ops.gate_finding, text) FROM PUBLIC;
