-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.stands_anyway (
  report ops.contested_reports
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_accepted jsonb;
  v_same_key boolean;
  v_later ops.contested_reports := report;
begin
  -- A newer observation healed the fact already. The network delays events by seconds, so one that is not newer by a
  -- minute may have been made before. No newer fact lifts an objection.
  v_later.observed_at := report.observed_at + interval '1 minute';
  if report.event_type <> 'gate_signoff'
    and ops_private.contested_report_ended(v_later, '-infinity', 'infinity') then
    return true;
  end if;
  v_accepted := (
    select l.content from ops.event_ingest_log l
    where l.idempotency_key = report.idempotency_key and l.processing_status = 'accepted'
  );
  v_same_key := v_accepted is not null and v_accepted ->> 'event_type' = report.event_type
    and v_accepted ->> 'release_id' = report.release_id::text and exists (
      select from ops_private.stops_in(v_accepted) as s
      join ops.release_gates g on g.release_id = report.release_id and g.gate_code = s.gate_code
      where (g.gate_id, s.check_name, s.environment, s.deployment_ref, s.approver_id, s.persona_role)
        is not distinct from (
          report.gate_id, report.check_name, report.environment, report.deployment_ref, report.approver_id,
          report.persona_role)
    );
  return exists (
    select from ops.contested_reports c
    where c.release_id = report.release_id
      and (c.event_type, c.gate_id, c.check_name, c.environment, c.deployment_ref, c.approver_id, c.persona_role,
        c.idempotency_key)
      is not distinct from (
        report.event_type, report.gate_id, report.check_name, report.environment, report.deployment_ref,
        report.approver_id, report.persona_role, report.idempotency_key)
      and (c.observed_at >= report.observed_at or c.payload_hash = report.payload_hash)
      and not ops_private.contested_report_ended(c, c.created_at, 'infinity')
  ) or case report.event_type
    when 'gate_signoff' then v_same_key and exists (
      select from ops_private.standing_decisions(report.release_id, report.gate_id, 'infinity') as d
      where d.approver_id = report.approver_id and d.persona_role = report.persona_role and d.decision <> 'approved'
    )
    when 'deployment_event' then (
      -- A failure stands after the deployment was rolled back.
      select r.status = 'failed' and (v_same_key or r.observed_at >= report.observed_at)
      from ops.deployments d
      join ops.deployment_reports r on r.release_id = d.release_id and r.deployment_id = d.deployment_id
      where d.release_id = report.release_id and d.environment = report.environment
        and d.deployment_ref = report.deployment_ref and r.status in ('succeeded', 'failed')
      order by r.observed_at desc, r.status desc limit 1
    ) is true
    else exists (
      select from ops_private.latest_checks(report.release_id, report.gate_id, 'infinity') as c
      join ops.gate_checks gc on gc.check_id = c.check_id
      left join ops.deployments d on d.deployment_id = c.deployment_id
      where c.trusted and c.status = 'fail' and c.check_name = report.check_name
        and (v_same_key or gc.observed_at >= report.observed_at)
        and (d.environment, d.deployment_ref) is not distinct from (report.environment, report.deployment_ref)
    )
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."stands_anyway"(ops.contested_reports) IS 'Whether a contested report would change nothing: an observation that is newer by a minute healed it, a newer one says the same, it is contested already under its key, or the event accepted under its key reported the same stop, which still stands.';

REVOKE ALL ON FUNCTION "ops_private"."stands_anyway"(ops.contested_reports) FROM PUBLIC;
