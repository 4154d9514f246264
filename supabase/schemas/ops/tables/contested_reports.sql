-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."contested_reports" (
  "release_id" uuid NOT NULL,
  "gate_id"    uuid,
  "event_type" text NOT NULL,
  "status"     text NOT NULL,
  CONSTRAINT "gate_is_of_the_same_release" FOREIGN KEY (release_id, gate_id) REFERENCES ops.release_gates(release_id, gate_id) ON DELETE RESTRICT,
  CONSTRAINT "contested_reports_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."contested_reports"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "environment" ops.ops_environment;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "approver_id" text;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "persona_role" ops.ops_persona_role;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "idempotency_key" text;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "payload_hash" text;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "error_code" text NOT NULL;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "ingest_id" uuid NOT NULL;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "observed_at" timestamp WITH time zone NOT NULL;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."contested_reports"
  ADD CONSTRAINT "observed_not_in_the_future" CHECK ((isfinite(observed_at) AND (observed_at <= created_at)));

ALTER TABLE "ops"."contested_reports"
  ADD CONSTRAINT "sizes_are_bounded" CHECK (((octet_length(status) <= 255) AND (octet_length(approver_id) <= 255) AND (octet_length(idempotency_key) <= 255)));

CREATE INDEX contested_reports_release_id_gate_id_idx ON ops.contested_reports USING btree (release_id, gate_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.contested_reports
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."contested_reports"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.contested_reports
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.contested_reports
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE TRIGGER _800_tell
  AFTER INSERT ON ops.contested_reports
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_tell('contested');

CREATE POLICY "contested_reports_in_own_projects" ON "ops"."contested_reports"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "contested_reports_select_audit_reader" ON "ops"."contested_reports"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "contested_reports_select_release_manager" ON "ops"."contested_reports"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."contested_reports" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "contested_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."contested_reports"
  ADD CONSTRAINT "contested_reports_are_linked_with_their_release" UNIQUE (release_id, contested_id);

ALTER TABLE "ops"."contested_reports"
  ADD CONSTRAINT "contested_reports_pkey" PRIMARY KEY (contested_id);

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "check_name" ops.name;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "target" ops.name;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "deployment_ref" ops.name;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "own_check" ops.name;

ALTER TABLE "ops"."contested_reports"
  ADD COLUMN "part" ops.name;

COMMENT ON COLUMN "ops"."contested_reports"."approver_id" IS 'For decisions: the name by which records know the person who objects. Null when a machine named nobody who could be read.';

COMMENT ON COLUMN "ops"."contested_reports"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."contested_reports"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."contested_reports"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."contested_reports"."environment" IS 'For deployments and health checks: the environment. Null when it could not be read.';

COMMENT ON COLUMN "ops"."contested_reports"."error_code" IS 'Why the event was refused; docs/errors.md lists the codes.';

COMMENT ON COLUMN "ops"."contested_reports"."event_type" IS 'The type of the refused event.';

COMMENT ON COLUMN "ops"."contested_reports"."gate_id" IS 'The gate on which it stands. Null for a decision whose gate could not be read: an objection to the release as a whole.';

COMMENT ON COLUMN "ops"."contested_reports"."idempotency_key" IS 'The key of the event. Null when it could not be read.';

COMMENT ON COLUMN "ops"."contested_reports"."ingest_id" IS 'The row of ops.event_ingest_log with the refusal.';

COMMENT ON COLUMN "ops"."contested_reports"."observed_at" IS 'When the stop was observed, by the age of the event. When the event was received, if its times could not be read.';

COMMENT ON COLUMN "ops"."contested_reports"."payload_hash" IS 'SHA-256 in hex of the canonical content of the event. Null when it has none. The report ends when an event with the same content is accepted that was observed no earlier, but for a minute under the same key.';

COMMENT ON COLUMN "ops"."contested_reports"."persona_role" IS 'For decisions: the role in which the person objects. Null when it could not be read.';

COMMENT ON COLUMN "ops"."contested_reports"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."contested_reports"."release_id" IS 'The release that the event names.';

COMMENT ON COLUMN "ops"."contested_reports"."status" IS 'What was reported: fail, failed, failure, rejected or request_changes.';

COMMENT ON TABLE "ops"."contested_reports" IS 'Append-only. One row for each stop (a failure, a rejection, a request for changes) that a refused event reported and its sender may report. It stands as the fact that it would have been, until that fact is healed. Only functions write it.';

COMMENT ON COLUMN "ops"."contested_reports"."contested_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."contested_reports"."check_name" IS 'The check that failed. Null when its name could not be read, and for decisions and deployments.';

COMMENT ON COLUMN "ops"."contested_reports"."target" IS 'For deployments and health checks: the target, default when the event named none. Null when it could not be read.';

COMMENT ON COLUMN "ops"."contested_reports"."deployment_ref" IS 'For deployments and health checks: the deployment. Null when it could not be read.';

COMMENT ON COLUMN "ops"."contested_reports"."own_check" IS 'For builds: the check of the event itself (payload.check_name), build when it names none. Null when it could not be read, and for reports from before version 0.10.0.';

COMMENT ON COLUMN "ops"."contested_reports"."part" IS 'For builds: the part that was built (payload.part), own_check when the event names none. Null when it could not be read, and for reports from before version 0.10.0.';
