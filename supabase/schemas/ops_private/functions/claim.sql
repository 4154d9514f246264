-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.claim (
  d ops.notice_deliveries
)
  RETURNS ops.claimed_notice
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_lapsed constant integer := (d.state = 'claimed')::integer; -- its sender did not come back
  n ops.notices;
  t ops.notice_targets;
  v_state ops.ops_delivery_state;
begin
  select w.* into n from ops.notices w where w.notice_id = d.notice_id;
  select s.* into t from ops.notice_targets s
  where s.project = d.project and s.target_name = d.target_name and s.replaced_at is null;
  v_state := case
    when (n.kind = any (t.kinds)) is not true or not ops_private.is_still_true(n) then 'past'
    when d.failures + v_lapsed >= 9 then 'set_aside'
    else 'claimed' end;
  update ops.notice_deliveries u
  set
    state = v_state, attempt = u.attempt + (v_state = 'claimed')::integer, failures = u.failures + v_lapsed,
    yields = u.yields or u.failures + v_lapsed >= 5,
    last_error = case v_lapsed when 1 then 'lease_expired' else u.last_error end,
    due_at = case when v_state = 'claimed' then clock_timestamp() + interval '60 seconds' else u.due_at end,
    ended_at = case when v_state <> 'claimed' then clock_timestamp() end
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return case when v_state = 'claimed' then (
    select row(
      d.delivery_id, d.attempt, n.notice_id, t.format, t.secret_name, n.kind, n.project, n.release_id, r.release_name,
      n.project || coalesce((
        select '/' || p.target from ops.deployments p
        where p.deployment_id = n.deployment_id and p.target <> 'default'), ''),
      r.source_ref, n.gate_code, n.environment,
      case when n.kind = 'gate_waits' and cardinality(ops_private.waits_now(n)) = 1
        then (ops_private.waits_now(n))[1] end,
      n.happened_at, d.same, ops_private.detail_of(n))::ops.claimed_notice
    from ops.releases r where r.release_id = n.release_id
  ) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."claim"(ops.notice_deliveries) IS 'Claims a delivery for 60 seconds and returns its message. Null when it is told no more: nobody asks for it now, it is not true any more (past), or its senders were lost too often (set_aside).';

REVOKE ALL ON FUNCTION "ops_private"."claim"(ops.notice_deliveries) FROM PUBLIC;
