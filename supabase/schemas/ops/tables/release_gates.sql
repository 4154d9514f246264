-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."release_gates" (
  "release_id" uuid NOT NULL,
  CONSTRAINT "release_gates_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."release_gates"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."release_gates"
  SET (fillfactor=70);

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "gate_code" ops.ops_gate_code NOT NULL;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "gate_name" text NOT NULL DEFAULT ''::text;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "status" ops.ops_gate_status NOT NULL DEFAULT 'pending'::ops.ops_gate_status;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "entered_at" timestamp WITH time zone;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "resolved_at" timestamp WITH time zone;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "resolved_by" text;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "exception_id" uuid;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "first_missing" text DEFAULT 'a verdict'::text;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "waits_for" ops.ops_gate_code;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "missing" ops.gate_finding[] NOT NULL DEFAULT '{}'::ops.gate_finding[];

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "evidence_gap" boolean NOT NULL DEFAULT true;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "status_without_exception" ops.ops_gate_status;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "first_missing_without_exception" text;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "entered_exactly_when_not_pending" CHECK (((status = 'pending'::ops.ops_gate_status) = (entered_at IS NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "excepted_exactly_when_bypassed" CHECK (((status = 'bypassed'::ops.ops_gate_status) = (exception_id IS NOT NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "nothing_is_missing_exactly_when_passed" CHECK (((status = 'passed'::ops.ops_gate_status) = (first_missing IS NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "one_gate_per_release_and_code" UNIQUE (release_id, gate_code);

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "resolved_by_somebody" CHECK (((resolved_at IS NULL) = (resolved_by IS NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "resolved_exactly_when_terminal"
    CHECK (((status = ANY (ARRAY['passed'::ops.ops_gate_status, 'failed'::ops.ops_gate_status, 'bypassed'::ops.ops_gate_status])) = (resolved_at IS NOT NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "waits_only_while_something_is_missing" CHECK (((waits_for IS NULL) OR (first_missing IS NOT NULL)));

CREATE INDEX release_gates_release_id_exception_id_idx ON ops.release_gates USING btree (release_id, exception_id)
  WHERE (exception_id IS NOT NULL);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.release_gates
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."release_gates"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.release_gates
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

CREATE TRIGGER _110_prepare_direct_change
  BEFORE UPDATE ON ops.release_gates
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

ALTER TABLE "ops"."release_gates"
  ENABLE ALWAYS TRIGGER "_110_prepare_direct_change";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.release_gates
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_keep_gate_truthful
  BEFORE UPDATE ON ops.release_gates
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_keep_gate_truthful();

ALTER TABLE "ops"."release_gates"
  ENABLE ALWAYS TRIGGER "_300_keep_gate_truthful";

CREATE TRIGGER _300_name_gate
  BEFORE INSERT ON ops.release_gates
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_name_gate();

CREATE POLICY "release_gates_in_own_projects" ON "ops"."release_gates"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "release_gates_select_audit_reader" ON "ops"."release_gates"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "release_gates_select_ci_service_role" ON "ops"."release_gates"
  FOR SELECT
  TO "ci_service_role"
  USING (true);

CREATE POLICY "release_gates_select_release_manager" ON "ops"."release_gates"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "release_gates_update_release_manager" ON "ops"."release_gates"
  FOR UPDATE
  TO "release_manager"
  USING (true)
  WITH CHECK (true);

GRANT SELECT ON TABLE "ops"."release_gates" TO "audit_reader", "ci_service_role";

GRANT UPDATE ("status") ON TABLE "ops"."release_gates" TO "release_manager";

GRANT SELECT ON TABLE "ops"."release_gates" TO "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."release_gates" TO "service_role";

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "exception_is_of_the_same_release" FOREIGN KEY (release_id, exception_id) REFERENCES ops.exceptions(release_id, exception_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "gate_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "gates_are_linked_with_their_release" UNIQUE (release_id, gate_id);

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "release_gates_pkey" PRIMARY KEY (gate_id);

COMMENT ON COLUMN "ops"."release_gates"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."entered_at" IS 'Derived. When work on the gate began, or began again. Null while pending. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."evidence_gap" IS 'Derived. Whether required evidence was missing when the gate was last judged, even if an exception covers it. On G4: evidence for the deployment that G4 judges.';

COMMENT ON COLUMN "ops"."release_gates"."exception_id" IS 'Derived. The exception that bypasses the gate. Set exactly when the gate is bypassed.';

COMMENT ON COLUMN "ops"."release_gates"."first_missing" IS 'Derived. The first blocking requirement that was not met when the gate was last judged, in words. An exception may cover it. The gate''s own requirements come before a prior gate. Null exactly when passed.';

COMMENT ON COLUMN "ops"."release_gates"."first_missing_without_exception" IS 'Derived. The value of first_missing when no exception is active.';

COMMENT ON COLUMN "ops"."release_gates"."gate_code" IS 'The code of the gate, G1 to G4.';

COMMENT ON COLUMN "ops"."release_gates"."gate_name" IS 'The name of the gate. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."missing" IS 'Derived. The blocking requirements of the gate that were not met when it was last judged, in the order of ops.gate_findings; also those that an exception covers. Prior gates and contested reports are left out. Of approvals of named people remedy and who are as of then, and change with memberships: ops.gate_findings and ops.inbox find them anew.';

COMMENT ON COLUMN "ops"."release_gates"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."release_id" IS 'The release that has the gate.';

COMMENT ON COLUMN "ops"."release_gates"."resolved_at" IS 'Derived. When the gate got its present verdict. Null unless passed, failed or bypassed. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."resolved_by" IS 'Derived. Whose fact led to the verdict: the name by which records know them. Set by the server.';

COMMENT ON COLUMN "ops"."release_gates"."status" IS 'Derived. The verdict when the last fact arrived. Only time can make it stale, after judged_until of the release.';

COMMENT ON COLUMN "ops"."release_gates"."status_without_exception" IS 'Derived. The verdict by the same facts when no exception is active. Null when the release never had an exception.';

COMMENT ON COLUMN "ops"."release_gates"."waits_for" IS 'Derived. The prior gate that is not passed, when only that is missing. Null when one of the gate''s own requirements is not met, or when nothing is missing.';

COMMENT ON TABLE "ops"."release_gates" IS 'Four rows per release, created together with it. status is the verdict that follows from the facts (ops.gate_findings), stored when a fact arrived. Nobody can set another one. A column whose comment begins with Derived is the server''s own note and may change in any version: ask the views and functions.';

COMMENT ON COLUMN "ops"."release_gates"."gate_id" IS 'Primary key.';
