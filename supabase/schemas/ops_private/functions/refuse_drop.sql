-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_drop()
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS10', message = 'drop is no list of requirements',
    hint = 'name each default blocking requirement that the proposal leaves out or asks less of, as [{"kind": "approval", "subject": "qa_tester"}], at most 100';
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_drop"() IS 'Raises OPS10: drop cannot be read.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_drop"() FROM PUBLIC;
