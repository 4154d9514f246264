-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_provenance()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_read boolean := false;
begin
  -- Whoever writes a fact of a release holds the lock of the release, and gives the fact its moment: to the row of the
  -- release, or in the fact as well, with the project, which saves reading that row.
  if tg_argv[0] = 'given' then
    v_read := new.release_id is not null and (
      new.project is null or (new.created_at between transaction_timestamp() and clock_timestamp()) is not true);
  elsif tg_argv[0] = 'release' then
    v_read := true;
  else
    new.created_at := clock_timestamp();
  end if;
  if v_read then
    select r.recorded_until, r.project into new.created_at, new.project
    from ops.releases r where r.release_id = new.release_id;
    new.created_at := coalesce(new.created_at, clock_timestamp());
  end if;
  new.created_by := ops_private.current_actor();
  new.created_role := case
    when v_role <> 'none' then v_role when ops_private.is_owner() then current_user else session_user end;
  if new.created_by is null then
    perform ops_private.refuse_replaced();
    raise exception using errcode = '42501', message = format('a %s must have a subject to write', new.created_role),
      hint = 'use a token with a `sub` claim that is not blank';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_provenance"() IS 'Before insert: sets created_at, created_by and created_role, and the project of a fact of a release, and ignores values that the caller sent. Facts that are recorded together have one moment, and later facts have a later one. With the argument release, created_at is recorded_until of the release that the row names. With the argument given, it is the moment that the row brings if that lies within the transaction, and otherwise recorded_until too; functions of this schema and ops_private.tg_prepare_direct_write bring it. Otherwise it is the wall clock. Raises 42501 when the caller has no subject.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_provenance"() FROM PUBLIC;
