-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_know_member()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.recorded_as := new.subject;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_know_member"() IS 'Before insert: records know a member by their first subject.';

REVOKE ALL ON FUNCTION "ops_private"."tg_know_member"() FROM PUBLIC;
