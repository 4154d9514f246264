-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.claim_or_fail (
  d ops.notice_deliveries
)
  RETURNS ops.claimed_notice
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.claim(d);
exception when others then
  -- A delivery that cannot be read must not keep the others waiting.
  if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
    raise; -- a retry can succeed
  end if;
  raise warning 'ops.claim_notices: delivery % raised %', d.delivery_id, sqlstate;
  perform ops_private.fail_delivery(d, 'unexpected');
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."claim_or_fail"(ops.notice_deliveries) IS 'As ops_private.claim. An error that a retry does not solve is a try that failed (unexpected).';

REVOKE ALL ON FUNCTION "ops_private"."claim_or_fail"(ops.notice_deliveries) FROM PUBLIC;
