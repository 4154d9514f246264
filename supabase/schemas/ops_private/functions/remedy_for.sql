-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.remedy_for (
  role   text,
  who    text,
  remedy text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- A developer is shown what failed the build of their release. They repair it; only a pipeline reports the next one.
  return case when role = 'developer' and who <> 'developer'
    then 'repair what failed: the next build of the pipeline that passes lifts it' else remedy end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."remedy_for"(text, text, text) IS 'What a person in a role does about a finding: its remedy, if it names this role. who: whom it names.';

REVOKE ALL ON FUNCTION "ops_private"."remedy_for"(text, text, text) FROM PUBLIC;
