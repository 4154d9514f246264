-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_report_healed (
  report   ops.contested_reports,
  since    timestamp with time zone,
  later_by interval                 DEFAULT '00:00:00'::interval
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case report.event_type
    when 'build_complete' then ops_private.contested_check_healed(report, null, since, later_by)
    when 'gate_signoff' then exists (
      -- As with any objection: an approval lifts it when it was given after the objection was recorded.
      select from ops.approvals a
      where a.release_id = report.release_id
        and a.approver_id = coalesce((ops_private.member_named(report.approver_id)).recorded_as, report.approver_id)
        and a.persona_role = report.persona_role
        and case
          when report.gate_id is not null then a.gate_id = report.gate_id
          -- A QA tester signs one gate alone, and so means that one, however they spelled it.
          when report.created_role = 'qa_tester' then a.scope = 'release' or a.gate_id = (
            select g.gate_id from ops.release_gates g where g.release_id = report.release_id and g.gate_code = 'G2')
          else a.scope = 'release' end
        -- Another objection stands itself.
        and (a.decision <> 'approved' or a.observed_at > report.created_at)
        and not ops_private.is_unsure(a.unmet)
        and a.created_at > since
    )
    else ops_private.contested_deployment_healed(report, since, later_by)
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_report_healed"(ops.contested_reports, timestamp with time zone, interval) IS 'Whether facts that were recorded after since, and observed later than a contested report by more than later_by, heal what it says. An objection without a readable gate that a QA tester sent themselves is healed also by their decision on G2.';

REVOKE ALL ON FUNCTION "ops_private"."contested_report_healed"(ops.contested_reports, timestamp WITH time zone, interval) FROM PUBLIC;
