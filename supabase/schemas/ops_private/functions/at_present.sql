-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.at_present (
  asked ops_private.inbox_release
)
  RETURNS ops_private.inbox_release
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  asked.as_of := ops_private.present(asked.release);
  asked.gates := ops_private.gates_at_present(asked.release, asked.gates);
  return asked;
end
$function$;

COMMENT ON FUNCTION "ops_private"."at_present"(ops_private.inbox_release) IS 'A release that is asked about, with its gates as they are now. They are given as they are stored.';

REVOKE ALL ON FUNCTION "ops_private"."at_present"(ops_private.inbox_release) FROM PUBLIC;
