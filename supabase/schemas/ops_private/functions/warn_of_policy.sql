-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.warn_of_policy (
  project text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_message text;
begin
  for v_message in select w.message from ops_private.warnings_of(warn_of_policy.project) as w loop
    raise warning using message = v_message, hint = 'ops.policy_warnings() lists all of these';
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."warn_of_policy"(text) IS 'Warns in SQL of what the active members of a project (null: of every project) cannot satisfy of its policy.';

REVOKE ALL ON FUNCTION "ops_private"."warn_of_policy"(text) FROM PUBLIC;
