-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."evidence_artifacts" (
  "release_id"    uuid,
  "gate_id"       uuid,
  "check_id"      uuid,
  "deployment_id" uuid,
  "approval_id"   uuid,
  CONSTRAINT "any_link_names_the_release" CHECK (((release_id IS NOT NULL) OR ((gate_id IS NULL) AND (check_id IS NULL) AND (deployment_id IS NULL)))),
  CONSTRAINT "approval_implies_its_gate" CHECK (((approval_id IS NULL) OR (gate_id IS NOT NULL))),
  CONSTRAINT "check_implies_its_gate" CHECK (((check_id IS NULL) OR (gate_id IS NOT NULL))),
  CONSTRAINT "approval_is_of_the_same_gate" FOREIGN KEY (release_id, gate_id, approval_id) REFERENCES ops.approvals(release_id, gate_id, approval_id) ON DELETE RESTRICT,
  CONSTRAINT "deployment_is_of_the_same_release" FOREIGN KEY (release_id, deployment_id) REFERENCES ops.deployments(release_id, deployment_id) ON DELETE RESTRICT,
  CONSTRAINT "check_is_of_the_same_gate" FOREIGN KEY (release_id, gate_id, check_id) REFERENCES ops.gate_checks(release_id, gate_id, check_id) ON DELETE RESTRICT,
  CONSTRAINT "gate_is_of_the_same_release" FOREIGN KEY (release_id, gate_id) REFERENCES ops.release_gates(release_id, gate_id) ON DELETE RESTRICT,
  CONSTRAINT "evidence_artifacts_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."evidence_artifacts"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "artifact_type" ops.ops_artifact_type NOT NULL;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "source_system" ops.ops_source_system NOT NULL;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "artifact_url" text NOT NULL;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "sha256" text;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "observed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "metadata" jsonb NOT NULL DEFAULT '{}'::jsonb;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT '-infinity'::timestamp WITH time zone;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."evidence_artifacts"
  ADD CONSTRAINT "address_is_absolute" CHECK ((artifact_url ~* '^((https?|s3|gs|azblob|oci|git)://[^/?#[:space:][:cntrl:]]|file://)[^[:space:][:cntrl:]]*$'::text));

ALTER TABLE "ops"."evidence_artifacts"
  ADD CONSTRAINT "linked_unless_reference_or_restore_drill" CHECK (((release_id IS
    NOT NULL) OR (artifact_type = ANY (ARRAY['reference'::ops.ops_artifact_type, 'restore_drill'::ops.ops_artifact_type]))));

ALTER TABLE "ops"."evidence_artifacts"
  ADD CONSTRAINT "observed_not_in_the_future" CHECK ((isfinite(observed_at) AND (observed_at <= created_at)));

ALTER TABLE "ops"."evidence_artifacts"
  ADD CONSTRAINT "sha256_is_64_hex_digits" CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text));

CREATE INDEX evidence_artifacts_release_id_deployment_id_idx ON ops.evidence_artifacts USING btree (release_id, deployment_id)
  WHERE (deployment_id IS NOT NULL);

CREATE INDEX evidence_artifacts_release_id_gate_id_approval_id_idx ON ops.evidence_artifacts USING btree (release_id, gate_id, approval_id)
  WHERE (approval_id IS NOT NULL);

CREATE INDEX evidence_artifacts_release_id_gate_id_check_id_idx ON ops.evidence_artifacts USING btree (release_id, gate_id, check_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.evidence_artifacts
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."evidence_artifacts"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.evidence_artifacts
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write('observed_at');

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.evidence_artifacts
  FOR EACH ROW
  WHEN (((new.metadata <> '{}'::jsonb) AND (NOT ops_private.is_storable(new.metadata))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('metadata');

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.evidence_artifacts
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('given');

CREATE TRIGGER _320_refuse_local
  BEFORE INSERT ON ops.evidence_artifacts
  FOR EACH ROW
  WHEN ((new.artifact_url ~* '^file:'::text))
  EXECUTE FUNCTION ops_private.tg_refuse_local();

CREATE TRIGGER _900_judge_facts AFTER INSERT ON ops.evidence_artifacts REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN (
  (NOT ops_private.by_definer())
) EXECUTE FUNCTION ops_private.tg_judge_facts();

CREATE POLICY "evidence_artifacts_in_own_projects" ON "ops"."evidence_artifacts"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "evidence_artifacts_insert_qa_tester" ON "ops"."evidence_artifacts"
  FOR INSERT
  TO "qa_tester"
  WITH CHECK (((created_by = ( SELECT ops_private.current_actor() AS current_actor)) AND ops_private.may_send_source(source_system)));

CREATE POLICY "evidence_artifacts_insert_sre" ON "ops"."evidence_artifacts"
  FOR INSERT
  TO "sre"
  WITH CHECK (((created_by = ( SELECT ops_private.current_actor() AS current_actor)) AND ops_private.may_send_source(source_system)));

CREATE POLICY "evidence_artifacts_select_audit_reader" ON "ops"."evidence_artifacts"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "evidence_artifacts_select_qa_tester" ON "ops"."evidence_artifacts"
  FOR SELECT
  TO "qa_tester"
  USING (true);

CREATE POLICY "evidence_artifacts_select_release_manager" ON "ops"."evidence_artifacts"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."evidence_artifacts" TO "audit_reader";

GRANT INSERT, SELECT ON TABLE "ops"."evidence_artifacts" TO "qa_tester";

GRANT SELECT ON TABLE "ops"."evidence_artifacts" TO "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."evidence_artifacts" TO "service_role";

GRANT INSERT ON TABLE "ops"."evidence_artifacts" TO "sre";

ALTER TABLE "ops"."evidence_artifacts"
  ADD COLUMN "artifact_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."evidence_artifacts"
  ADD CONSTRAINT "evidence_artifacts_pkey" PRIMARY KEY (artifact_id);

ALTER TABLE "ops"."evidence_artifacts"
  ADD CONSTRAINT "sizes_are_bounded"
    CHECK (((octet_length(artifact_url) <= 8192) AND (jsonb_typeof(metadata) = 'object'::text) AND ((metadata = '{}'::jsonb) OR ops_private.is_storable(metadata))));

COMMENT ON COLUMN "ops"."evidence_artifacts"."approval_id" IS 'The sign-off that it came with. It counts only while the current decision of its author there is an approval, and the artifacts are those that the sign-off was about. Null when it came with none. Set by the server.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."artifact_type" IS 'The kind of evidence.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."artifact_url" IS 'Address of the artifact: absolute, at most 8 KiB, with one of the schemes http, https, s3, gs, azblob, oci and git.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."check_id" IS 'The check that produced it.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."deployment_id" IS 'The deployment that it is about.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."gate_id" IS 'The gate for which it counts. Null when it is about the release as a whole.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."metadata" IS 'All other fields that the producer sent: an object of at most 256 KiB.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."observed_at" IS 'When it was made. Only ops.ingest_event sets it; a direct insert gets the wall clock.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."project" IS 'The project of the release. Of an artifact without a release the project that was named, by default the only one of whoever records it; null: members of every project see it.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."release_id" IS 'The release that it belongs to. Null only for a reference or a restore drill.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."sha256" IS 'SHA-256 of its bytes, 64 lower-case hex digits. Null when the producer sent none.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."source_system" IS 'The kind of system that sent it.';

COMMENT ON TABLE "ops"."evidence_artifacts" IS 'Append-only. One row per artifact: the address of a log, report or plan. Each belongs to a release, except a reference or a restore drill.';

COMMENT ON COLUMN "ops"."evidence_artifacts"."artifact_id" IS 'Primary key. Set by the server; only service_role and the owner may choose one.';
