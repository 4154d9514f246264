-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.strictest (
  asked ops_private.approval_conditions[]
)
  RETURNS ops_private.approval_conditions
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_most ops_private.approval_conditions;
begin
  select bool_or(a.own_token), bool_or(a.aal2), bool_and(a.accept_sso) filter (where a.aal2)
  into v_most.own_token, v_most.aal2, v_most.accept_sso
  from unnest(asked) as a;
  return v_most;
end
$function$;

COMMENT ON FUNCTION "ops_private"."strictest"(ops_private.approval_conditions[]) IS 'The most that several requirements ask of an approval. Single sign-on is as good as a second factor only where all that ask for one accept it. Lists of people are left out.';

REVOKE ALL ON FUNCTION "ops_private"."strictest"(ops_private.approval_conditions[]) FROM PUBLIC;
