-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.fail_delivery (
  d           ops.notice_deliveries,
  error_code  text,
  http_status integer               DEFAULT NULL::integer
)
  RETURNS ops.notice_deliveries
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_pause constant interval := ops_private.pause_after(d.failures + 1);
begin
  update ops.notice_deliveries u
  set
    state = case when v_pause is null then 'set_aside' else 'waiting' end::ops.ops_delivery_state,
    failures = u.failures + 1, yields = u.yields or u.failures >= 4,
    due_at = coalesce(clock_timestamp() + v_pause, u.due_at),
    last_error = fail_delivery.error_code, http_status = fail_delivery.http_status,
    ended_at = case when v_pause is null then clock_timestamp() end
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return d;
end
$function$;

COMMENT ON FUNCTION "ops_private"."fail_delivery"(ops.notice_deliveries, text, integer) IS 'Records a try that failed: the delivery is due again after a pause, or set aside after the ninth. After the fifth the later ones of its release go on without it.';

REVOKE ALL ON FUNCTION "ops_private"."fail_delivery"(ops.notice_deliveries, text, integer) FROM PUBLIC;
