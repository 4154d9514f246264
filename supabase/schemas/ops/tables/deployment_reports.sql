-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."deployment_reports" (
  "release_id"    uuid NOT NULL,
  "deployment_id" uuid NOT NULL,
  CONSTRAINT "deployment_is_of_the_same_release" FOREIGN KEY (release_id, deployment_id) REFERENCES ops.deployments(release_id, deployment_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."deployment_reports"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "status" ops.ops_deployment_status NOT NULL;

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "observed_at" timestamp WITH time zone NOT NULL;

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "deployed_at" timestamp WITH time zone;

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "deployed_by" text COLLATE pg_catalog."C";

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."deployment_reports"
  ADD CONSTRAINT "deployed_at_and_by" CHECK (((deployed_at IS NULL) = (deployed_by IS NULL)));

ALTER TABLE "ops"."deployment_reports"
  ADD CONSTRAINT "deployed_shortly_before_observed" CHECK (((deployed_at <= observed_at) AND (deployed_at >= (observed_at - '01:00:00'::interval))));

CREATE INDEX deployment_reports_release_id_deployment_id_idx ON ops.deployment_reports USING btree (release_id, deployment_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.deployment_reports
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."deployment_reports"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.deployment_reports
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE POLICY "deployment_reports_in_own_projects" ON "ops"."deployment_reports"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "deployment_reports_select_audit_reader" ON "ops"."deployment_reports"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "deployment_reports_select_release_manager" ON "ops"."deployment_reports"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "deployment_reports_select_sre" ON "ops"."deployment_reports"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."deployment_reports" TO "audit_reader", "release_manager", "service_role", "sre";

ALTER TABLE "ops"."deployment_reports"
  ADD COLUMN "report_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."deployment_reports"
  ADD CONSTRAINT "deployment_reports_pkey" PRIMARY KEY (report_id);

COMMENT ON COLUMN "ops"."deployment_reports"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."deployment_reports"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."deployment_reports"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."deployment_reports"."deployed_at" IS 'When it was deployed, according to this report: at most 1 hour before observed_at, and not after it. Null for a change of status without an event, and for a deployment that was undone.';

COMMENT ON COLUMN "ops"."deployment_reports"."deployed_by" IS 'Who deployed it, according to this report. Null with deployed_at.';

COMMENT ON COLUMN "ops"."deployment_reports"."deployment_id" IS 'The deployment that was reported.';

COMMENT ON COLUMN "ops"."deployment_reports"."observed_at" IS 'When that status was observed.';

COMMENT ON COLUMN "ops"."deployment_reports"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."deployment_reports"."release_id" IS 'The release of the deployment.';

COMMENT ON COLUMN "ops"."deployment_reports"."status" IS 'The reported status.';

COMMENT ON TABLE "ops"."deployment_reports" IS 'Append-only. Every report of a deployment''s status, in the order of arrival. ops.deployments has the result of all reports; replay reads the reports. Only functions and triggers write them.';

COMMENT ON COLUMN "ops"."deployment_reports"."report_id" IS 'Primary key.';
