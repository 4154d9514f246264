-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_revocation()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if ops_private.is_person_role(ops_private.caller_role()) then
    perform ops_private.current_person(); -- who is no member any more changes nothing
  end if;
  if (new.revoked_at, new.revoked_by) is not distinct from (old.revoked_at, old.revoked_by) then
    return new;
  end if;
  if old.revoked_at is not null then
    raise exception using errcode = 'OPS07', message = 'an exception is revoked once, and for good',
      hint = 'record a new exception';
  end if;
  new.revoked_at := clock_timestamp();
  new.revoked_by := ops_private.current_actor();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_revocation"() IS 'Before update: any value in revoked_at or revoked_by revokes, now and by the caller. OPS07 when it was revoked already.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_revocation"() FROM PUBLIC;
