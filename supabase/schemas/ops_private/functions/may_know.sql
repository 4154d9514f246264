-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_know (
  entry       ops.timeline_entry,
  own_release boolean
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case entry.kind
    when 'check' then own_release and ops_private.reads('ops.gate_checks')
    when 'decision' then ops_private.reads('ops.approvals')
    when 'evidence' then ops_private.reads('ops.evidence_artifacts')
    when 'deployment' then ops_private.reads('ops.deployments')
    when 'target_retired' then ops_private.reads('ops.retired_targets')
    when 'dismissal' then ops_private.reads('ops.dismissals')
    when 'lapsed' then ops_private.reads(
      case entry.requirement_kind when 'evidence' then 'ops.evidence_artifacts' else 'ops.approvals' end)
    when 'incident' then ops_private.reads('ops.incidents')
    when 'incident_resolved' then ops_private.reads('ops.incidents')
    when 'contested_report' then ops_private.reads('ops.contested_reports')
    when 'contested_report_ended' then ops_private.reads('ops.contested_reports')
    else entry.kind in ('opened', 'closed', 'verdict') or ops_private.reads('ops.exceptions')
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_know"(ops.timeline_entry, boolean) IS 'Whether an entry of a timeline is for the role that the caller acts in: as a part of ops.release_overview is. own_release: whether the checks of the release are for the caller; a developer gets those of their own releases.';

REVOKE ALL ON FUNCTION "ops_private"."may_know"(ops.timeline_entry, boolean) FROM PUBLIC;
