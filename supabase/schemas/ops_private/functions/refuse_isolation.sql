-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_isolation()
  RETURNS boolean
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS03',
    message = format('isolation level %s is refused here', current_setting('transaction_isolation')),
    detail = 'an old snapshot would judge by half of the facts', hint = 'write at read committed, the default';
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_isolation"() IS 'Raises OPS03. For what takes a lock and reads behind it: above read committed, later reads do not see what was written before the lock.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_isolation"() FROM PUBLIC;
