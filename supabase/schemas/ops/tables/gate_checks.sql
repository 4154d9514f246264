-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."gate_checks" (
  "release_id"    uuid NOT NULL,
  "gate_id"       uuid NOT NULL,
  "deployment_id" uuid,
  CONSTRAINT "deployment_is_of_the_same_release" FOREIGN KEY (release_id, deployment_id) REFERENCES ops.deployments(release_id, deployment_id) ON DELETE RESTRICT,
  CONSTRAINT "gate_is_of_the_same_release" FOREIGN KEY (release_id, gate_id) REFERENCES ops.release_gates(release_id, gate_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."gate_checks"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "source_system" ops.ops_source_system NOT NULL;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "status" ops.ops_check_status NOT NULL;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "artifact_ref" text;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "observed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "metadata" jsonb NOT NULL DEFAULT '{}'::jsonb;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT '-infinity'::timestamp WITH time zone;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "trusted" boolean GENERATED ALWAYS AS (((created_role = ANY (ARRAY['ci_service_role'::text, 'service_role'::text])) OR ((deployment_id IS
    NOT NULL) AND (created_role = 'sre'::text) AND (source_system = 'monitoring'::ops.ops_source_system)))) STORED NOT NULL;

ALTER TABLE "ops"."gate_checks"
  ADD CONSTRAINT "observed_not_in_the_future" CHECK ((isfinite(observed_at) AND (observed_at <= created_at)));

CREATE INDEX gate_checks_release_id_deployment_id_idx ON ops.gate_checks USING btree (release_id, deployment_id)
  WHERE (deployment_id IS NOT NULL);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.gate_checks
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."gate_checks"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.gate_checks
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write('observed_at');

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.gate_checks
  FOR EACH ROW
  WHEN (((new.metadata <> '{}'::jsonb) AND (NOT ops_private.is_storable(new.metadata))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('metadata');

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.gate_checks
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('given');

CREATE TRIGGER _500_mark_stop
  AFTER INSERT ON ops.gate_checks
  FOR EACH ROW
  WHEN (((new.status = 'fail'::ops.ops_check_status) AND new.trusted))
  EXECUTE FUNCTION ops_private.tg_mark_stop();

CREATE TRIGGER _900_judge_facts AFTER INSERT ON ops.gate_checks REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN (
  (NOT ops_private.by_definer())
) EXECUTE FUNCTION ops_private.tg_judge_facts();

CREATE POLICY "gate_checks_in_own_projects" ON "ops"."gate_checks"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "gate_checks_insert_ci_service_role" ON "ops"."gate_checks"
  FOR INSERT
  TO "ci_service_role"
  WITH CHECK (ops_private.may_send_source(source_system));

CREATE POLICY "gate_checks_insert_developer" ON "ops"."gate_checks"
  FOR INSERT
  TO "developer"
  WITH CHECK ((ops_private.may_send_source(source_system) AND (release_id = ANY (ARRAY( SELECT ops_private.own_releases() AS own_releases)))));

CREATE POLICY "gate_checks_select_audit_reader" ON "ops"."gate_checks"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "gate_checks_select_ci_service_role" ON "ops"."gate_checks"
  FOR SELECT
  TO "ci_service_role"
  USING (true);

CREATE POLICY "gate_checks_select_developer" ON "ops"."gate_checks"
  FOR SELECT
  TO "developer"
  USING ((release_id = ANY (ARRAY( SELECT ops_private.own_releases() AS own_releases))));

CREATE POLICY "gate_checks_select_qa_tester" ON "ops"."gate_checks"
  FOR SELECT
  TO "qa_tester"
  USING (true);

CREATE POLICY "gate_checks_select_release_manager" ON "ops"."gate_checks"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."gate_checks" TO "audit_reader";

GRANT INSERT, SELECT ON TABLE "ops"."gate_checks" TO "ci_service_role", "developer";

GRANT SELECT ON TABLE "ops"."gate_checks" TO "qa_tester", "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."gate_checks" TO "service_role";

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "check_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."gate_checks"
  ADD CONSTRAINT "checks_are_linked_with_their_gate" UNIQUE (release_id, gate_id, check_id);

ALTER TABLE "ops"."gate_checks"
  ADD CONSTRAINT "gate_checks_pkey" PRIMARY KEY (check_id);

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "check_name" ops.name NOT NULL;

ALTER TABLE "ops"."gate_checks"
  ADD COLUMN "part" ops.name;

ALTER TABLE "ops"."gate_checks"
  ADD CONSTRAINT "sizes_are_bounded"
    CHECK (((octet_length(artifact_ref) <= 8192) AND (jsonb_typeof(metadata) = 'object'::text) AND ((metadata = '{}'::jsonb) OR ops_private.is_storable(metadata))));

COMMENT ON COLUMN "ops"."gate_checks"."artifact_ref" IS 'Address of the log or report; at most 8 KiB.';

COMMENT ON COLUMN "ops"."gate_checks"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."gate_checks"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."gate_checks"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."gate_checks"."deployment_id" IS 'The deployment that was checked. Set exactly on G4.';

COMMENT ON COLUMN "ops"."gate_checks"."gate_id" IS 'The gate that the check belongs to.';

COMMENT ON COLUMN "ops"."gate_checks"."metadata" IS 'All other fields that the producer sent: an object of at most 256 KiB.';

COMMENT ON COLUMN "ops"."gate_checks"."observed_at" IS 'When it was observed. Only ops.ingest_event sets it; a direct insert gets the wall clock.';

COMMENT ON COLUMN "ops"."gate_checks"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."gate_checks"."release_id" IS 'The release that was checked; always the release of the gate.';

COMMENT ON COLUMN "ops"."gate_checks"."source_system" IS 'The kind of system that reported it.';

COMMENT ON COLUMN "ops"."gate_checks"."status" IS 'Result of the check.';

COMMENT ON COLUMN "ops"."gate_checks"."trusted" IS 'Whether a machine recorded the check, or an sre whose source is monitoring, on a deployment. A check that is not trusted can fail a gate, and can correct only an earlier check that is not trusted either. It never satisfies a requirement.';

COMMENT ON TABLE "ops"."gate_checks" IS 'Append-only. One row per observation of a check. For each gate, deployment, name and trust class the latest observed_at counts; of simultaneous ones the worse counts. When a rerun passes, the earlier failure no longer counts.';

COMMENT ON COLUMN "ops"."gate_checks"."check_id" IS 'Primary key. Set by the server; only service_role and the owner may choose one.';

COMMENT ON COLUMN "ops"."gate_checks"."check_name" IS 'Name of the check, for example unit_tests.';

COMMENT ON COLUMN "ops"."gate_checks"."part" IS 'What the report was of: payload.part of the event, by default the check_name of the event. Null when it could not be read, and for direct inserts.';
