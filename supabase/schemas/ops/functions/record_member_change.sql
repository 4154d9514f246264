CREATE OR REPLACE FUNCTION ops.record_member_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  -- The same grant again is no change.
  if tg_op = 'INSERT' or new is distinct from old then
    insert into ops.role_member_changes (subject, role, handle, active)
    values (new.subject, new.role, new.handle, new.active);
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops"."record_member_change"() IS 'After a change of a membership: keeps it, and who made it.';

REVOKE ALL ON FUNCTION "ops"."record_member_change"() FROM PUBLIC;
