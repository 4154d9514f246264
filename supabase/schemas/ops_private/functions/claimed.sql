-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.claimed (
  d ops.notice_deliveries,
  n ops.notices,
  t ops.notice_targets
)
  RETURNS ops.claimed_notice
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_waits constant text[] := case when n.kind = 'gate_waits' then ops_private.waits_now(n) end;
begin
  return (
    select row(
      d.delivery_id, d.attempt, n.notice_id, t.format, t.secret_name, n.kind, n.project, n.release_id, r.release_name,
      n.project || coalesce((
        select '/' || p.target from ops.deployments p
        where p.deployment_id = n.deployment_id and p.target <> 'default'), ''),
      r.source_ref, n.gate_code, n.environment, case when cardinality(v_waits) = 1 then v_waits[1] end,
      n.happened_at, d.same, ops_private.detail_of(n))::ops.claimed_notice
    from ops.releases r where r.release_id = n.release_id
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."claimed"(ops.notice_deliveries, ops.notices, ops.notice_targets) IS 'What a sender needs to know of a delivery that it claimed.';

REVOKE ALL ON FUNCTION "ops_private"."claimed"(ops.notice_deliveries, ops.notices, ops.notice_targets) FROM PUBLIC;
