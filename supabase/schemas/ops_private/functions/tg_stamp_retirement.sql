-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_retirement()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.created_at := coalesce(
    (select max(r.recorded_until) from ops.releases r where r.release_id = any (new.releases)), new.created_at);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_retirement"() IS 'Before insert of a retirement: created_at is recorded_until of its releases, which ops.retire_target has moved to one moment. So it is later than each fact that was judged without it, and earlier than each later fact.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_retirement"() FROM PUBLIC;
