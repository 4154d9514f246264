-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."build_artifacts" (
  "release_id"   uuid                     NOT NULL,
  "gate_id"      uuid                     NOT NULL,
  "check_id"     uuid                     NOT NULL,
  "sha256"       text                     COLLATE pg_catalog."C" NOT NULL,
  "project"      text,
  "created_at"   timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp WITH time zone,
  "created_by"   text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role" text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "sha256_is_64_hex_digits" CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  CONSTRAINT "check_is_of_the_same_gate" FOREIGN KEY (release_id, gate_id, check_id) REFERENCES ops.gate_checks(release_id, gate_id, check_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."build_artifacts"
  ENABLE ROW LEVEL SECURITY;

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.build_artifacts
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."build_artifacts"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.build_artifacts
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.build_artifacts
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('given');

CREATE POLICY "build_artifacts_in_own_projects" ON "ops"."build_artifacts"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "build_artifacts_select_audit_reader" ON "ops"."build_artifacts"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "build_artifacts_select_qa_tester" ON "ops"."build_artifacts"
  FOR SELECT
  TO "qa_tester"
  USING (true);

CREATE POLICY "build_artifacts_select_release_manager" ON "ops"."build_artifacts"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."build_artifacts" TO "audit_reader", "qa_tester", "release_manager", "service_role";

ALTER TABLE "ops"."build_artifacts"
  ADD COLUMN "build_artifact_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."build_artifacts"
  ADD CONSTRAINT "build_artifacts_pkey" PRIMARY KEY (build_artifact_id);

ALTER TABLE "ops"."build_artifacts"
  ADD COLUMN "name" ops.name NOT NULL;

ALTER TABLE "ops"."build_artifacts"
  ADD CONSTRAINT "a_report_names_each_artifact_once" UNIQUE (release_id, gate_id, check_id, name, sha256);

COMMENT ON COLUMN "ops"."build_artifacts"."check_id" IS 'The main check of the build that names it.';

COMMENT ON COLUMN "ops"."build_artifacts"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."build_artifacts"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."build_artifacts"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."build_artifacts"."gate_id" IS 'G1 of the release.';

COMMENT ON COLUMN "ops"."build_artifacts"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."build_artifacts"."release_id" IS 'The release that was built.';

COMMENT ON COLUMN "ops"."build_artifacts"."sha256" IS 'SHA-256 of its bytes, 64 lower-case hex digits. Nobody here has checked it.';

COMMENT ON TABLE "ops"."build_artifacts" IS 'Append-only. One row per artifact that a build_complete names: its name and the SHA-256 of its bytes, as the pipeline says. The artifacts on record are, for each check name, those of its latest trusted report that names any. Only functions write it.';

COMMENT ON COLUMN "ops"."build_artifacts"."build_artifact_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."build_artifacts"."name" IS 'Name of the artifact, for example the image or package.';
