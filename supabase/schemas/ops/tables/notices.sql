-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."notices" (
  "place"      bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  "release_id" uuid   NOT NULL,
  "project"    text   NOT NULL,
  CONSTRAINT "notices_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."notices"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."notices"
  ADD COLUMN "kind" ops.ops_notice_kind NOT NULL;

ALTER TABLE "ops"."notices"
  ADD COLUMN "gate_code" ops.ops_gate_code;

ALTER TABLE "ops"."notices"
  ADD COLUMN "personas" text[] NOT NULL DEFAULT '{}'::text[];

ALTER TABLE "ops"."notices"
  ADD COLUMN "environment" ops.ops_environment;

ALTER TABLE "ops"."notices"
  ADD COLUMN "deployment_id" uuid;

ALTER TABLE "ops"."notices"
  ADD COLUMN "exception_id" uuid;

ALTER TABLE "ops"."notices"
  ADD COLUMN "contested_id" uuid;

ALTER TABLE "ops"."notices"
  ADD COLUMN "by_time" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."notices"
  ADD COLUMN "happened_at" timestamp WITH time zone NOT NULL;

ALTER TABLE "ops"."notices"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."notices"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."notices"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

CREATE UNIQUE INDEX notices_by_time_idx ON ops.notices USING btree (release_id, kind, gate_code, deployment_id, exception_id) NULLS NOT DISTINCT
  WHERE by_time;

CREATE INDEX notices_project_created_at_idx ON ops.notices USING btree (project, created_at DESC);

CREATE INDEX notices_release_id_contested_id_idx ON ops.notices USING btree (release_id, contested_id)
  WHERE (contested_id IS NOT NULL);

CREATE INDEX notices_release_id_deployment_id_idx ON ops.notices USING btree (release_id, deployment_id)
  WHERE (deployment_id IS NOT NULL);

CREATE INDEX notices_release_id_exception_id_idx ON ops.notices USING btree (release_id, exception_id)
  WHERE (exception_id IS NOT NULL);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.notices
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."notices"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.notices
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE POLICY "notices_in_own_projects" ON "ops"."notices"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "notices_select_audit_reader" ON "ops"."notices"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "notices_select_release_manager" ON "ops"."notices"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."notices" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."notices"
  ADD CONSTRAINT "contested_report_is_of_the_same_release" FOREIGN KEY (release_id, contested_id) REFERENCES ops.contested_reports(release_id, contested_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."notices"
  ADD CONSTRAINT "deployment_is_of_the_same_release" FOREIGN KEY (release_id, deployment_id) REFERENCES ops.deployments(release_id, deployment_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."notices"
  ADD CONSTRAINT "exception_is_of_the_same_release" FOREIGN KEY (release_id, exception_id) REFERENCES ops.exceptions(release_id, exception_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."notices"
  ADD COLUMN "notice_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."notices"
  ADD CONSTRAINT "notices_are_linked_with_their_release" UNIQUE (release_id, notice_id);

ALTER TABLE "ops"."notices"
  ADD CONSTRAINT "notices_pkey" PRIMARY KEY (notice_id);

COMMENT ON COLUMN "ops"."notices"."by_time" IS 'Whether time alone made it true (ops.due_notices).';

COMMENT ON COLUMN "ops"."notices"."contested_id" IS 'The contested report that it is about.';

COMMENT ON COLUMN "ops"."notices"."created_at" IS 'When the row was recorded. Set by the server.';

COMMENT ON COLUMN "ops"."notices"."created_by" IS 'Whose fact made it true: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."notices"."created_role" IS 'Role of the caller whose fact made it true. Set by the server.';

COMMENT ON COLUMN "ops"."notices"."deployment_id" IS 'The deployment that it is about.';

COMMENT ON COLUMN "ops"."notices"."environment" IS 'The environment of the deployment or of the status that it is about.';

COMMENT ON COLUMN "ops"."notices"."exception_id" IS 'The exception that it is about.';

COMMENT ON COLUMN "ops"."notices"."gate_code" IS 'The gate that it is about. Null when it is about none.';

COMMENT ON COLUMN "ops"."notices"."happened_at" IS 'When it became true.';

COMMENT ON COLUMN "ops"."notices"."kind" IS 'What is told.';

COMMENT ON COLUMN "ops"."notices"."personas" IS 'The roles of people for which the gate waited when it was written.';

COMMENT ON COLUMN "ops"."notices"."place" IS 'The order within a release: that of its facts.';

COMMENT ON COLUMN "ops"."notices"."project" IS 'The project of the release.';

COMMENT ON COLUMN "ops"."notices"."release_id" IS 'The release that it is about.';

COMMENT ON TABLE "ops"."notices" IS 'Append-only. One row per thing that people are told, written in the transaction that makes it true, and only if a target of the project asks for its kind. It holds no texts: they are read when it is sent. Only functions and triggers write it.';

COMMENT ON COLUMN "ops"."notices"."notice_id" IS 'Primary key. Receivers get it with every try, and drop repeats by it.';
