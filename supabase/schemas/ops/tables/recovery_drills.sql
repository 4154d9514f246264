-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."recovery_drills" ();

ALTER TABLE "ops"."recovery_drills"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "environment" ops.ops_environment NOT NULL;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "drill_type" ops.ops_drill_type NOT NULL;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "executed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "outcome" ops.ops_drill_outcome NOT NULL;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "restore_validated" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "evidence_artifact_id" uuid;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."recovery_drills"
  ADD CONSTRAINT "executed_not_in_the_future" CHECK ((isfinite(executed_at) AND (executed_at <= (created_at + '00:05:00'::interval))));

CREATE INDEX recovery_drills_environment_executed_at_idx ON ops.recovery_drills USING btree (environment, executed_at DESC);

CREATE INDEX recovery_drills_evidence_artifact_id_idx ON ops.recovery_drills USING btree (evidence_artifact_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.recovery_drills
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."recovery_drills"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.recovery_drills
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _190_prepare_drill
  BEFORE INSERT ON ops.recovery_drills
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_prepare_drill();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.recovery_drills
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE POLICY "recovery_drills_in_own_projects" ON "ops"."recovery_drills"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "recovery_drills_select_audit_reader" ON "ops"."recovery_drills"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "recovery_drills_select_release_manager" ON "ops"."recovery_drills"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "recovery_drills_select_sre" ON "ops"."recovery_drills"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."recovery_drills" TO "audit_reader", "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."recovery_drills" TO "service_role";

GRANT INSERT, SELECT ON TABLE "ops"."recovery_drills" TO "sre";

ALTER TABLE "ops"."recovery_drills"
  ADD CONSTRAINT "recovery_drills_evidence_artifact_id_fkey" FOREIGN KEY (evidence_artifact_id) REFERENCES ops.evidence_artifacts(artifact_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "drill_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."recovery_drills"
  ADD CONSTRAINT "recovery_drills_pkey" PRIMARY KEY (drill_id);

ALTER TABLE "ops"."recovery_drills"
  ADD COLUMN "executed_by" text NOT NULL DEFAULT ops_private.current_actor();

ALTER TABLE "ops"."recovery_drills"
  ADD CONSTRAINT "executed_by_somebody" CHECK (((btrim(executed_by) <> ''::text) AND (octet_length(executed_by) <= 255)));

CREATE POLICY "recovery_drills_insert_sre" ON "ops"."recovery_drills"
  FOR INSERT
  TO "sre"
  WITH CHECK ((executed_by = ( SELECT ops_private.current_actor() AS current_actor)));

COMMENT ON COLUMN "ops"."recovery_drills"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."recovery_drills"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."recovery_drills"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."recovery_drills"."drill_type" IS 'What was tested.';

COMMENT ON COLUMN "ops"."recovery_drills"."environment" IS 'The environment that was tested.';

COMMENT ON COLUMN "ops"."recovery_drills"."evidence_artifact_id" IS 'The report of the drill, in ops.evidence_artifacts.';

COMMENT ON COLUMN "ops"."recovery_drills"."executed_at" IS 'When it was run.';

COMMENT ON COLUMN "ops"."recovery_drills"."outcome" IS 'Result of the drill.';

COMMENT ON COLUMN "ops"."recovery_drills"."project" IS 'The project that was tested; by default the only one of whoever records it. Null: every project; then members of every project see it.';

COMMENT ON COLUMN "ops"."recovery_drills"."restore_validated" IS 'Whether a test showed that the restored system works.';

COMMENT ON TABLE "ops"."recovery_drills" IS 'Append-only. One row per recovery drill: who tested what and where, the result, and the evidence.';

COMMENT ON COLUMN "ops"."recovery_drills"."drill_id" IS 'Primary key. Set by the server; only service_role and the owner may choose one.';

COMMENT ON COLUMN "ops"."recovery_drills"."executed_by" IS 'Who ran it: the name by which records know the person.';
