-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_revocation()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if ops_private.is_person_role(ops_private.caller_role()) then
    perform ops_private.current_person(); -- raises when the membership was revoked
  end if;
  if (new.revoked_at, new.revoked_by) is not distinct from (old.revoked_at, old.revoked_by) then
    return new;
  end if;
  if old.revoked_at is not null then
    raise exception using errcode = 'OPS07', message = 'this exception is revoked already, and that cannot be changed',
      hint = 'record a new exception';
  end if;
  new.revoked_at := (select r.recorded_until from ops.releases r where r.release_id = new.release_id);
  new.revoked_by := ops_private.current_actor();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_revocation"() IS 'Before update: any change of revoked_at or revoked_by revokes the exception now, in the name of the caller. Raises OPS07 when it is revoked already.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_revocation"() FROM PUBLIC;
