begin;
create extension if not exists pgtap with schema extensions;
select plan(40);

create function pg_temp.columns(of text) returns table (name text, type text, required boolean)
language sql stable as $$
  select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
  from pg_catalog.pg_attribute a
  where a.attrelid = format('ops.%I', of)::regclass and a.attnum > 0 and not a.attisdropped
    and a.attname not in ('created_at', 'created_by', 'created_role')
$$;

-- Enums.
select has_schema('ops', 'the schema exists');
select enum_has_labels(
  'ops', 'ops_gate_code', array['G1', 'G2', 'G3', 'G4'], 'there are four gates, in order'
);
select enum_has_labels(
  'ops', 'ops_release_status', array['draft', 'in_progress', 'promoted', 'rolled_back', 'failed'],
  'a release is in one of five states'
);
select enum_has_labels(
  'ops', 'ops_gate_status', array['pending', 'in_progress', 'passed', 'failed', 'bypassed'],
  'a gate is in one of five states'
);
select enum_has_labels(
  'ops', 'ops_decision_type', array['approved', 'rejected', 'request_changes'], 'there are three decisions'
);
select enum_has_labels(
  'ops', 'ops_processing_status', array['accepted', 'duplicate', 'rejected', 'error'],
  'a submission ends in one of four ways'
);
select set_eq(
  $$ select t.typname::text, string_agg(e.enumlabel::text, ' ' order by e.enumlabel)
     from pg_catalog.pg_type t join pg_catalog.pg_enum e on e.enumtypid = t.oid
     where t.typnamespace = 'ops'::regnamespace
       and t.typname not in (
         'ops_gate_code', 'ops_release_status', 'ops_gate_status', 'ops_decision_type', 'ops_processing_status')
     group by t.typname $$,
  $$ values
    ('ops_environment', 'dev production staging'),
    ('ops_source_system', 'agent azure_pipelines ci github_actions gitlab_ci jenkins manual monitoring'),
    ('ops_check_status', 'fail pass skipped warning'),
    ('ops_deployment_status', 'failed in_progress rolled_back succeeded'),
    ('ops_health', 'failed passed pending'),
    ('ops_artifact_type',
    'approval_record build_log health_check incident_report reference release_notes restore_drill '
      || 'rollback_plan test_result uat_summary'),
    ('ops_persona_role', 'developer qa_tester release_manager sre'),
    ('ops_approval_scope', 'exception gate release'),
    ('ops_exception_type', 'evidence_waiver gate_bypass timing_override'),
    ('ops_review_status', 'complete pending waived'), ('ops_close_reason', 'cancelled imported superseded'),
    ('ops_incident_severity', 'sev1 sev2 sev3 sev4'),
    ('ops_postmortem_status', 'complete in_progress pending'),
    ('ops_drill_type', 'backup failover restore'),
    ('ops_drill_outcome', 'failed partial passed'),
    ('ops_requirement_kind', 'alone approval artifact_conflict artifact_mismatch check contested_report deployed_artifacts deployment_health environment_healthy evidence exception_approvals moving_ref no_failed_checks objected_elsewhere prior_gate release_closed retired_failed rollback_to_unknown source_ref_mismatch'),
    ('ops_enforcement', 'advisory blocking'),
    ('ops_dismissed_fact', 'contested_report failure_by_hand objection passed_over_check renamed_check stalled_deployment'),
    ('ops_inbox_kind', 'contested_report dismissible exception_decision exception_review failed '
      || 'incident missing objection sign_off'),
    ('ops_timeline_kind', 'check closed contested_report contested_report_ended decision deployment dismissal '
      || 'evidence exception_began exception_ended exception_opened exception_reviewed exception_revoked '
      || 'incident incident_resolved lapsed opened target_retired verdict'),
    ('ops_notice_kind', 'contested deployment_unended exception_ends exception_opened exception_review_due '
      || 'gate_failed gate_waits ineligible_deployment promoted rolled_back'),
    ('ops_notice_format', 'cdevents slack teams webhook'),
    ('ops_delivery_state', 'claimed delivered merged past set_aside waiting'),
    ('ops_policy_state', 'author_revoked confirmed lapsed open overtaken set'),
    ('ops_finding_state', 'failed satisfied unsatisfied') $$,
  'every other enum has these values and no others'
);
select ok(
  'dev'::ops.ops_environment < 'staging'::ops.ops_environment
  and 'staging'::ops.ops_environment < 'production'::ops.ops_environment,
  'environments are ordered: dev, staging, production'
);
select enum_has_labels(
  'ops', 'ops_check_status', array['fail', 'warning', 'skipped', 'pass'], 'check statuses are ordered worst first'
);

-- Tables and columns.
select is_empty(
  $$ select t.name from unnest(array[
       'releases', 'release_gates', 'gate_checks', 'approvals', 'evidence_artifacts', 'exceptions', 'deployments',
       'environment_events', 'event_ingest_log', 'incidents', 'recovery_drills',
       'gate_requirements', 'policy_changes', 'members', 'deployment_reports', 'memberships', 'replaced_subjects',
       'contested_reports', 'contested_report_ends', 'projects',
       'retired_targets', 'retired_releases',
       'build_artifacts',
       'dismissals', 'notices', 'notice_deliveries', 'notice_targets'
     ]) as t (name)
     where to_regclass(format('ops.%I', t.name)) is null $$,
  'the eleven tables of the domain exist, and the others'
);
select set_eq(
  $$ select * from pg_temp.columns('releases') $$,
  $$ values
    ('release_id', 'uuid', true), ('project', 'text', true), ('release_name', 'ops.name', true),
    ('environment_target', 'ops.ops_environment', true), ('source_ref', 'ops.source_ref', true),
    ('scope_metadata', 'jsonb', true), ('initiating_actor', 'text', true),
    ('status', 'ops.ops_release_status', true), ('cleared_for', 'ops.ops_environment', true),
    ('gate_statuses', 'ops.ops_gate_status[]', true),
    ('excepted', 'boolean', true), ('contested', 'boolean', true), ('retired', 'boolean', true),
    ('has_artifacts', 'boolean', true), ('stopped', 'boolean', true), ('objected', 'boolean', true),
    ('asks_beyond', 'boolean', true), ('dismissed', 'boolean', true),
    ('recorded_until', 'timestamp with time zone', true),
    ('judged_until', 'timestamp with time zone', false), ('lapses_at', 'timestamp with time zone', false),
    ('closed_at', 'timestamp with time zone', false), ('closed_by', 'text', false),
    ('close_reason', 'ops.ops_close_reason', false), ('name_freed', 'boolean', true),
    ('imported_at', 'timestamp with time zone', false) $$,
  'ops.releases has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('release_gates') $$,
  $$ values
    ('project', 'text', false),
    ('first_missing', 'text', false), ('waits_for', 'ops.ops_gate_code', false),
    ('missing', 'ops.gate_finding[]', true),
    ('evidence_gap', 'boolean', true), ('status_without_exception', 'ops.ops_gate_status', false),
    ('first_missing_without_exception', 'text', false),
    ('gate_id', 'uuid', true), ('release_id', 'uuid', true), ('gate_code', 'ops.ops_gate_code', true),
    ('gate_name', 'text', true), ('status', 'ops.ops_gate_status', true),
    ('entered_at', 'timestamp with time zone', false), ('resolved_at', 'timestamp with time zone', false),
    ('resolved_by', 'text', false), ('exception_id', 'uuid', false) $$,
  'ops.release_gates has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('gate_checks') $$,
  $$ values
    ('project', 'text', false),
    ('check_id', 'uuid', true), ('release_id', 'uuid', true), ('gate_id', 'uuid', true),
    ('deployment_id', 'uuid', false), ('check_name', 'ops.name', true), ('part', 'ops.name', false),
    ('source_system', 'ops.ops_source_system', true), ('status', 'ops.ops_check_status', true),
    ('artifact_ref', 'text', false), ('observed_at', 'timestamp with time zone', true),
    ('metadata', 'jsonb', true), ('trusted', 'boolean', true) $$,
  'ops.gate_checks has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('approvals') $$,
  $$ values
    ('project', 'text', false),
    ('approval_id', 'uuid', true), ('release_id', 'uuid', true), ('gate_id', 'uuid', false),
    ('exception_id', 'uuid', false), ('approver_id', 'text', true),
    ('persona_role', 'ops.ops_persona_role', true), ('decision', 'ops.ops_decision_type', true),
    ('scope', 'ops.ops_approval_scope', true), ('rationale_structured', 'jsonb', true),
    ('rationale_text', 'ops.statement', false), ('artifacts_digest', 'text', false),
    ('assurance', 'ops.assurance', true), ('unmet', 'text', false),
    ('observed_at', 'timestamp with time zone', true) $$,
  'ops.approvals has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('evidence_artifacts') $$,
  $$ values
    ('project', 'text', false),
    ('artifact_id', 'uuid', true), ('release_id', 'uuid', false), ('gate_id', 'uuid', false),
    ('check_id', 'uuid', false), ('deployment_id', 'uuid', false), ('approval_id', 'uuid', false),
    ('artifact_type', 'ops.ops_artifact_type', true), ('source_system', 'ops.ops_source_system', true),
    ('artifact_url', 'text', true), ('sha256', 'text', false),
    ('observed_at', 'timestamp with time zone', true), ('metadata', 'jsonb', true) $$,
  'ops.evidence_artifacts has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('exceptions') $$,
  $$ values
    ('project', 'text', false),
    ('exception_id', 'uuid', true), ('release_id', 'uuid', true),
    ('exception_type', 'ops.ops_exception_type', true), ('impacted_gates', 'ops.ops_gate_code[]', true),
    ('reason', 'ops.statement', true), ('risk_statement', 'ops.statement', true), ('approver_id', 'text', true),
    ('effective_from', 'timestamp with time zone', true), ('expires_at', 'timestamp with time zone', true),
    ('compensating_controls', 'jsonb', true), ('post_review_status', 'ops.ops_review_status', true),
    ('assurance', 'ops.assurance', true), ('unmet', 'text', false), ('alone', 'boolean', true),
    ('reviewed_at', 'timestamp with time zone', false), ('reviewed_by', 'text', false),
    ('revoked_at', 'timestamp with time zone', false), ('revoked_by', 'text', false) $$,
  'ops.exceptions has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('deployments') $$,
  $$ values
    ('project', 'text', false),
    ('deployment_id', 'uuid', true), ('release_id', 'uuid', true),
    ('environment', 'ops.ops_environment', true), ('target', 'ops.name', true), ('deployment_ref', 'ops.name', true),
    ('deployed_at', 'timestamp with time zone', true), ('deployed_by', 'text', true),
    ('source_ref', 'ops.source_ref', true), ('status', 'ops.ops_deployment_status', true),
    ('status_observed_at', 'timestamp with time zone', true), ('rollback_of', 'uuid', false),
    ('rollback_known', 'boolean', false),
    ('g4_status', 'ops.ops_health', true), ('g4_resolved_at', 'timestamp with time zone', false),
    ('was_eligible', 'boolean', false), ('blockers_at_deploy', 'jsonb', false),
    ('artifacts', 'jsonb', false), ('excepted_by', 'uuid[]', false), ('imported', 'boolean', true) $$,
  'ops.deployments has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('environment_events') $$,
  $$ values
    ('project', 'text', false),
    ('event_id', 'uuid', true), ('environment', 'ops.ops_environment', true), ('event_type', 'text', true),
    ('source_system', 'ops.ops_source_system', true), ('payload', 'jsonb', true),
    ('idempotency_key', 'text', true), ('observed_at', 'timestamp with time zone', true) $$,
  'ops.environment_events has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('event_ingest_log') $$,
  $$ values
    ('project', 'text', false),
    ('ingest_id', 'uuid', true), ('source_system', 'text', false), ('event_type', 'text', false),
    ('idempotency_key', 'text', false), ('schema_version', 'text', false), ('payload_hash', 'text', false),
    ('content', 'jsonb', false), ('received_at', 'timestamp with time zone', true),
    ('processing_status', 'ops.ops_processing_status', true), ('error_code', 'text', false),
    ('error_detail', 'jsonb', false), ('duplicate_of', 'uuid', false), ('result', 'jsonb', false),
    ('release_id', 'uuid', false), ('caller_role', 'text', true) $$,
  'ops.event_ingest_log has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('incidents') $$,
  $$ values
    ('project', 'text', false),
    ('incident_id', 'uuid', true), ('deployment_id', 'uuid', true),
    ('severity', 'ops.ops_incident_severity', true), ('detected_at', 'timestamp with time zone', true),
    ('resolved_at', 'timestamp with time zone', false), ('timeline', 'jsonb', true),
    ('root_cause', 'text', false), ('postmortem_status', 'ops.ops_postmortem_status', true) $$,
  'ops.incidents has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('recovery_drills') $$,
  $$ values
    ('project', 'text', false),
    ('drill_id', 'uuid', true), ('environment', 'ops.ops_environment', true),
    ('drill_type', 'ops.ops_drill_type', true), ('executed_by', 'text', true),
    ('executed_at', 'timestamp with time zone', true), ('outcome', 'ops.ops_drill_outcome', true),
    ('restore_validated', 'boolean', true), ('evidence_artifact_id', 'uuid', false) $$,
  'ops.recovery_drills has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('gate_requirements') $$,
  $$ values
    ('requirement_id', 'uuid', true), ('project', 'text', false), ('gate_code', 'ops.ops_gate_code', true),
    ('kind', 'ops.ops_requirement_kind', true), ('subject', 'ops.name', false), ('min_count', 'integer', true),
    ('enforcement', 'ops.ops_enforcement', true), ('not_initiator', 'boolean', true),
    ('one_gate', 'boolean', true),
    ('valid_for', 'integer', false),
    ('require_hash', 'boolean', true), ('own_token', 'boolean', true), ('aal2', 'boolean', true),
    ('accept_sso', 'boolean', true), ('approvers', 'text[]', false),
    ('valid_from', 'timestamp with time zone', true), ('valid_to', 'timestamp with time zone', false), ('closed_by', 'text', false),
    ('opened_by_change', 'uuid', false), ('closed_by_change', 'uuid', false) $$,
  'ops.gate_requirements has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('policy_changes') $$,
  $$ values
    ('change_id', 'uuid', true), ('project', 'text', false), ('gate_code', 'ops.ops_gate_code', true),
    ('requirements', 'jsonb', true), ('dropped', 'jsonb', true), ('reason', 'ops.statement', true),
    ('on_behalf_of', 'ops.name', false), ('base', 'text', true), ('hash', 'text', true),
    ('confirmed_at', 'timestamp with time zone', false), ('confirmed_by', 'text', false),
    ('alone', 'boolean', false) $$,
  'ops.policy_changes has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('notice_targets') $$,
  $$ values
    ('target_id', 'uuid', true),
    ('project', 'text', true),
    ('target_name', 'ops.name', true),
    ('format', 'ops.ops_notice_format', true),
    ('secret_name', 'text', true),
    ('kinds', 'ops.ops_notice_kind[]', true),
    ('on_behalf_of', 'ops.name', true),
    ('reason', 'ops.statement', true),
    ('replaced_at', 'timestamp with time zone', false) $$,
  'ops.notice_targets has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('notices') $$,
  $$ values
    ('notice_id', 'uuid', true),
    ('place', 'bigint', true),
    ('release_id', 'uuid', true),
    ('project', 'text', true),
    ('kind', 'ops.ops_notice_kind', true),
    ('gate_code', 'ops.ops_gate_code', false),
    ('personas', 'text[]', true),
    ('environment', 'ops.ops_environment', false),
    ('deployment_id', 'uuid', false),
    ('exception_id', 'uuid', false),
    ('contested_id', 'uuid', false),
    ('by_time', 'boolean', true),
    ('happened_at', 'timestamp with time zone', true) $$,
  'ops.notices has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('notice_deliveries') $$,
  $$ values
    ('delivery_id', 'uuid', true),
    ('notice_id', 'uuid', true),
    ('target_name', 'ops.name', true),
    ('release_id', 'uuid', true),
    ('project', 'text', true),
    ('place', 'bigint', true),
    ('kind', 'ops.ops_notice_kind', true),
    ('gate_code', 'ops.ops_gate_code', false),
    ('environment', 'ops.ops_environment', false),
    ('state', 'ops.ops_delivery_state', true),
    ('attempt', 'integer', true),
    ('failures', 'integer', true),
    ('yields', 'boolean', true),
    ('due_at', 'timestamp with time zone', true),
    ('begins_at', 'timestamp with time zone', true),
    ('same', 'integer', true),
    ('last_error', 'text', false),
    ('http_status', 'integer', false),
    ('ended_at', 'timestamp with time zone', false) $$,
  'ops.notice_deliveries has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('projects') $$,
  $$ values
    ('project', 'text', true), ('description', 'ops.statement', false), ('on_behalf_of', 'ops.name', true),
    ('reason', 'ops.statement', true) $$,
  'ops.projects has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('members') $$,
  $$ values
    ('member_id', 'uuid', true), ('subject', 'text', true), ('recorded_as', 'text', true), ('handle', 'text', false),
    ('kind', 'text', true), ('active', 'boolean', true) $$,
  'ops.members has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('deployment_reports') $$,
  $$ values
    ('project', 'text', false),
    ('report_id', 'uuid', true), ('release_id', 'uuid', true), ('deployment_id', 'uuid', true),
    ('status', 'ops.ops_deployment_status', true), ('observed_at', 'timestamp with time zone', true),
    ('deployed_at', 'timestamp with time zone', false), ('deployed_by', 'text', false) $$,
  'ops.deployment_reports has the columns of the domain, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('build_artifacts') $$,
  $$ values
    ('project', 'text', false),
    ('build_artifact_id', 'uuid', true), ('release_id', 'uuid', true), ('gate_id', 'uuid', true),
    ('check_id', 'uuid', true), ('name', 'ops.name', true), ('sha256', 'text', true) $$,
  'ops.build_artifacts has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('contested_reports') $$,
  $$ values
    ('project', 'text', false),
    ('contested_id', 'uuid', true), ('release_id', 'uuid', true), ('gate_id', 'uuid', false),
    ('event_type', 'text', true), ('status', 'text', true), ('check_name', 'ops.name', false),
    ('environment', 'ops.ops_environment', false), ('target', 'ops.name', false), ('deployment_ref', 'ops.name', false),
    ('approver_id', 'text', false), ('persona_role', 'ops.ops_persona_role', false),
    ('own_check', 'ops.name', false), ('part', 'ops.name', false),
    ('idempotency_key', 'text', false), ('payload_hash', 'text', false), ('error_code', 'text', true),
    ('ingest_id', 'uuid', true), ('observed_at', 'timestamp with time zone', true) $$,
  'ops.contested_reports has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('contested_report_ends') $$,
  $$ values
    ('project', 'text', false),
    ('end_id', 'uuid', true), ('contested_id', 'uuid', true), ('release_id', 'uuid', true),
    ('idempotency_key', 'text', false) $$,
  'ops.contested_report_ends has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('retired_targets') $$,
  $$ values
    ('retirement_id', 'uuid', true), ('project', 'text', true), ('environment', 'ops.ops_environment', true),
    ('target', 'ops.name', true), ('reason', 'ops.statement', true) $$,
  'ops.retired_targets has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('retired_releases') $$,
  $$ values
    ('project', 'text', false),
    ('release_id', 'uuid', true), ('retirement_id', 'uuid', true),
    ('release_status_before', 'ops.ops_release_status', true) $$,
  'ops.retired_releases has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('dismissals') $$,
  $$ values
    ('project', 'text', false),
    ('dismissal_id', 'uuid', true), ('release_id', 'uuid', true), ('kind', 'ops.ops_dismissed_fact', true),
    ('gate_id', 'uuid', false), ('exception_id', 'uuid', false), ('deployment_id', 'uuid', false),
    ('check_id', 'uuid', false), ('approval_id', 'uuid', false), ('contested_id', 'uuid', false),
    ('check_name', 'ops.name', false), ('trusted', 'boolean', false), ('author', 'text', false),
    ('author_role', 'text', false), ('reason', 'ops.statement', true),
    ('alone', 'boolean', true) $$,
  'ops.dismissals has these columns, with their types and what may be null'
);
select set_eq(
  $$ select * from pg_temp.columns('memberships') $$,
  $$ values
    ('membership_id', 'bigint', true), ('member_id', 'uuid', true), ('role', 'text', true),
    ('project', 'text', false), ('granted', 'boolean', true), ('handle', 'text', false),
    ('on_behalf_of', 'ops.name', true), ('reason', 'ops.statement', true) $$,
  'ops.memberships has a column for each field of a membership'
);
select set_eq(
  $$ select * from pg_temp.columns('replaced_subjects') $$,
  $$ values
    ('replacement_id', 'bigint', true), ('member_id', 'uuid', true), ('old_subject', 'text', true),
    ('new_subject', 'text', true), ('on_behalf_of', 'ops.name', true), ('reason', 'ops.statement', true) $$,
  'ops.replaced_subjects says whose subject was replaced by which'
);
select is_empty(
  $$ select c.relname, p.name from pg_catalog.pg_class c
     cross join (values
       ('created_at', 'timestamptz'::regtype), ('created_by', 'text'), ('created_role', 'text')) as p (name, type)
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and not exists (
       select from pg_catalog.pg_attribute a
       where a.attrelid = c.oid and a.attname = p.name and a.atttypid = p.type and a.attnotnull) $$,
  'every table says when, by whom and in which role a row was created'
);
select is_empty(
  $$ select c.relname from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and not exists (
       select from pg_catalog.pg_trigger t
       where t.tgrelid = c.oid and t.tgfoid = 'ops_private.tg_stamp_provenance'::regproc and t.tgenabled <> 'D'
         and t.tgtype & 7 = 7 and t.tgqual is null) $$,
  'every table has its provenance stamped before every insert'
);

select is_empty(
  $$ select c.oid::regclass, a.attname from pg_catalog.pg_class c
     join pg_catalog.pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and not a.atthasdef
       and a.attname in ('created_at', 'created_by', 'created_role', 'gate_name', 'received_at', 'caller_role') $$,
  'columns that the server fills have a default, so an insert may leave them out'
);

select finish();
rollback;
