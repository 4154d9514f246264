-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_unsure (
  unmet text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(unmet in ('own_token', 'aal2'), false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_unsure"(text) IS 'Whether an approval is not as surely the person''s as policy asks, by what it does not meet (ops_private.what_is_unmet). It changes nothing: it replaces and lifts no decision of the person, and bars them from nothing. One by a person who is not named is their own decision. ops_private.standing_decisions repeats this rule.';

REVOKE ALL ON FUNCTION "ops_private"."is_unsure"(text) FROM PUBLIC;
