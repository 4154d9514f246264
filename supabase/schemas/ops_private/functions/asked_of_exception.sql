-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.asked_of_exception (
  exception ops.exceptions
)
  RETURNS ops_private.asked_of_approvals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.strictest(array(select n.asked from ops_private.asks_of_exception(exception) as n));
end
$function$;

COMMENT ON FUNCTION "ops_private"."asked_of_exception"(ops.exceptions) IS 'What each approval of an exception must meet: the most that policy asks. Named people are asked for by ops_private.named_missing.';

REVOKE ALL ON FUNCTION "ops_private"."asked_of_exception"(ops.exceptions) FROM PUBLIC;
