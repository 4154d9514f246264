-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_isolation()
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = 'OPS03',
      message = format('isolation level %s is refused here', current_setting('transaction_isolation')),
      detail = 'its snapshot can miss facts that are already committed', hint = 'use read committed, the default';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_isolation"() IS 'Raises OPS03 above read committed. Functions that take a lock and then read call it first: at those levels a read after the lock does not see what others committed before it.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_isolation"() FROM PUBLIC;
