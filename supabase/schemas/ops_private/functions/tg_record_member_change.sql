-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_record_member_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  insert into ops.role_member_changes (subject, role, handle, active, on_behalf_of, reason)
  values (new.subject, new.role, new.handle, new.active, new.on_behalf_of, new.reason);
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_record_member_change"() IS 'After a membership changed: records the change, who made it, who wanted it and why.';

REVOKE ALL ON FUNCTION "ops_private"."tg_record_member_change"() FROM PUBLIC;
