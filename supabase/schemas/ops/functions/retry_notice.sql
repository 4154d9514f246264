-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.retry_notice (
  delivery_id uuid
)
  RETURNS text
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.notice_deliveries;
begin
  perform ops_private.require_role('service_role');
  select u.* into d from ops.notice_deliveries u where u.delivery_id = retry_notice.delivery_id for update;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such delivery',
      hint = 'ops.notice_deliveries has the deliveries; `ops-gates notices list` shows them';
  elsif d.state in ('waiting', 'set_aside') then
    update ops.notice_deliveries u
    set state = 'waiting', failures = 0, due_at = clock_timestamp(), ended_at = null
    where u.delivery_id = d.delivery_id
    returning u.* into d;
  end if;
  return d.state;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."retry_notice"(uuid) TO "service_role";

COMMENT ON FUNCTION "ops"."retry_notice"(uuid) IS 'Makes a delivery that was set aside, or waits for its next try, due now, with all its tries. Later notices of the release that went on without it do not wait for it again. Returns its state; one that is claimed or ended otherwise is left as it is. Only service_role may call it. OPS04: unknown delivery.';

REVOKE ALL ON FUNCTION "ops"."retry_notice"(uuid) FROM PUBLIC;
