-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_be_dismissed (
  c ops.contested_reports
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return not exists (
    select from ops_private.requirements_in_force n
    where n.release_id = c.release_id and n.kind = 'check' and n.subject = c.check_name
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_be_dismissed"(ops.contested_reports) IS 'Whether policy does not ask for the check of a contested report by name: what it asks for is never dismissed.';

REVOKE ALL ON FUNCTION "ops_private"."may_be_dismissed"(ops.contested_reports) FROM PUBLIC;
