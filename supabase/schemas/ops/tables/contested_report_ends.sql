-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."contested_report_ends" (
  "contested_id"    uuid                     NOT NULL,
  "release_id"      uuid                     NOT NULL,
  "idempotency_key" text,
  "project"         text,
  "created_at"      timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"      text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role"    text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "a_contested_report_ends_once" UNIQUE (release_id, contested_id),
  CONSTRAINT "contested_report_is_of_the_same_release" FOREIGN KEY (release_id, contested_id) REFERENCES ops.contested_reports(release_id, contested_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."contested_report_ends"
  ENABLE ROW LEVEL SECURITY;

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.contested_report_ends
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."contested_report_ends"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.contested_report_ends
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.contested_report_ends
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE POLICY "contested_report_ends_in_own_projects" ON "ops"."contested_report_ends"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "contested_report_ends_select_audit_reader" ON "ops"."contested_report_ends"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "contested_report_ends_select_release_manager" ON "ops"."contested_report_ends"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."contested_report_ends" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."contested_report_ends"
  ADD COLUMN "end_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."contested_report_ends"
  ADD CONSTRAINT "contested_report_ends_pkey" PRIMARY KEY (end_id);

COMMENT ON COLUMN "ops"."contested_report_ends"."contested_id" IS 'The contested report that ended.';

COMMENT ON COLUMN "ops"."contested_report_ends"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."contested_report_ends"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."contested_report_ends"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."contested_report_ends"."idempotency_key" IS 'The key of the event that ended it. Null when somebody wrote the fact directly, and for a dismissal.';

COMMENT ON COLUMN "ops"."contested_report_ends"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."contested_report_ends"."release_id" IS 'Its release.';

COMMENT ON TABLE "ops"."contested_report_ends" IS 'Append-only. A contested report that ended, at created_at: the facts recorded then heal what it says, or an event was accepted that answers it (one with the same content, or, when it is not known what would heal the report, a correction by its sender; neither was observed earlier, but for a minute under the same key), or it was dismissed. It never stands again. Only functions write it.';

COMMENT ON COLUMN "ops"."contested_report_ends"."end_id" IS 'Primary key.';
