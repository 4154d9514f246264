CREATE OR REPLACE FUNCTION ops.require_read_committed()
  RETURNS boolean
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception using errcode = 'OPS03',
      message = format('isolation level %s is refused here', current_setting('transaction_isolation')),
      detail = 'an old snapshot would judge by half of the facts', hint = 'write at read committed, the default';
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops"."require_read_committed"() IS 'True, or raises OPS03 above read committed, where a lock does not make later reads see what was written before it.';

REVOKE ALL ON FUNCTION "ops"."require_read_committed"() FROM PUBLIC;
