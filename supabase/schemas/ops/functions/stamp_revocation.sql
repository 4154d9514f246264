CREATE OR REPLACE FUNCTION ops.stamp_revocation()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  if ops.is_person_role(ops.caller_role()) then
    perform ops.current_person(); -- who is no member any more changes nothing
  end if;
  if (new.revoked_at, new.revoked_by) is not distinct from (old.revoked_at, old.revoked_by) then
    return new;
  end if;
  if old.revoked_at is not null then
    raise exception using errcode = 'OPS07', message = 'an exception is revoked once, and for good',
      hint = 'record a new exception';
  end if;
  new.revoked_at := clock_timestamp();
  new.revoked_by := ops.current_actor();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."stamp_revocation"() IS 'Before update: any value in revoked_at or revoked_by revokes, now and by the caller. OPS07 when it was revoked already.';

REVOKE ALL ON FUNCTION "ops"."stamp_revocation"() FROM PUBLIC;
