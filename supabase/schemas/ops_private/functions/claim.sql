-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.claim (
  d ops.notice_deliveries
)
  RETURNS ops.claimed_notice
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  n ops.notices;
  t ops.notice_targets;
  v_asked boolean;
begin
  if d.state = 'claimed' then
    perform ops_private.fail_delivery(d, 'lease_expired'); -- its sender did not come back
    return null;
  end if;
  select w.* into n from ops.notices w where w.notice_id = d.notice_id;
  select s.* into t from ops.notice_targets s
  where s.project = d.project and s.target_name = d.target_name and s.replaced_at is null;
  v_asked := (n.kind = any (t.kinds)) is true and ops_private.is_still_true(n);
  update ops.notice_deliveries u
  set
    state = case when v_asked then 'claimed' else 'past' end::ops.ops_delivery_state,
    attempt = u.attempt + v_asked::integer,
    due_at = case when v_asked then clock_timestamp() + interval '60 seconds' else u.due_at end,
    ended_at = case when not v_asked then clock_timestamp() end
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return case when v_asked then ops_private.claimed(d, n, t) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."claim"(ops.notice_deliveries) IS 'Claims a delivery for 60 seconds and returns its message. Null when it is not told now: nobody asks for it any more or it is not true any more (past), or the sender that held it did not come back, which is a try that failed.';

REVOKE ALL ON FUNCTION "ops_private"."claim"(ops.notice_deliveries) FROM PUBLIC;
