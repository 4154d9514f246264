-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_corrected_by (
  report ops.contested_reports,
  s      ops_private.submission
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_about constant ops_private.stop := ops_private.subject_of_stops(s.envelope);
  v_approver constant text := s.content #>> '{payload,approver_id}';
  v_build record;
  v_longer constant text := '/~i[0-9a-f]{12}$';
begin
  select b.own_check, b.part into v_build from ops_private.build_in(s.envelope) as b;
  -- Nobody knows what would heal it. So the corrected event of the same sender ends it, also at a later attempt, if it
  -- says the same wherever the report can be read.
  return (
    ops_private.is_unreadable(report) and report.event_type = s.event_type and report.created_by = s.actor
    and ops_private.is_sent_again(
      ops_private.plain_key(report.idempotency_key), ops_private.plain_key(s.idempotency_key))
    -- Two keys that were made longer in two ways are of events about two things.
    and (substring(report.idempotency_key from v_longer) <> substring(s.idempotency_key from v_longer)) is not true
    and ops_private.is_no_earlier(report, s)
    -- As with any objection: an approval lifts it when it was given after the objection was recorded, and is surely
    -- its person's. The row of the event says whether it is.
    and (s.content #>> '{payload,decision}' is distinct from 'approved'
      or s.observed_at > report.created_at and exists (
        select from ops.approvals a
        join ops.release_gates g on g.gate_id = a.gate_id
        where a.release_id = report.release_id and a.approver_id = v_approver and g.gate_code = v_about.gate_code
          and a.persona_role = v_about.persona_role and a.created_at > report.created_at
          and a.decision = 'approved' and a.observed_at = s.observed_at and not ops_private.is_unsure(a.unmet)))
    and coalesce((ops_private.member_named(report.approver_id)).recorded_as, report.approver_id, v_approver)
      is not distinct from v_approver
    and (report.persona_role is null or report.persona_role = v_about.persona_role)
    and (report.gate_id is null or exists (
      select from ops.release_gates g where g.gate_id = report.gate_id and g.gate_code = v_about.gate_code))
    and (report.environment is null or report.environment = v_about.environment)
    and (report.target is null or report.target = v_about.target)
    and (report.deployment_ref is null or report.deployment_ref = v_about.deployment_ref)
    and (report.check_name is null
      or report.check_name = ops_private.readable_name(s.envelope #> '{payload,check_name}', 'health'))
    and (report.own_check is null or report.own_check = v_build.own_check)
    and (report.part is null or report.part = v_build.part)
  ) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_corrected_by"(ops.contested_reports, ops_private.submission) IS 'Whether an accepted event corrects a contested report whose check, deployment or person could not be read: it is of that type and sender, has its key or a later attempt of that (also where one of both was made longer), was observed no earlier (ops_private.is_no_earlier), and is about the same as far as the report can be read. An approval also has to be given after the report was recorded, and to count.';

REVOKE ALL ON FUNCTION "ops_private"."is_corrected_by"(ops.contested_reports, ops_private.submission) FROM PUBLIC;
