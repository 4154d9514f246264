CREATE TABLE "ops"."release_gates" (
  "gate_id"    uuid NOT NULL DEFAULT gen_random_uuid(),
  "release_id" uuid NOT NULL,
  CONSTRAINT "gates_are_linked_with_their_release" UNIQUE (release_id, gate_id),
  CONSTRAINT "release_gates_pkey" PRIMARY KEY (gate_id),
  CONSTRAINT "release_gates_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."release_gates"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."release_gates"
  SET (fillfactor=70);

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "gate_code" ops.ops_gate_code NOT NULL;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "gate_name" text NOT NULL;

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
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "created_by" text NOT NULL;

ALTER TABLE "ops"."release_gates"
  ADD COLUMN "created_role" text NOT NULL;

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "entered_exactly_when_not_pending" CHECK (((status = 'pending'::ops.ops_gate_status) = (entered_at IS NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "excepted_exactly_when_bypassed" CHECK (((status = 'bypassed'::ops.ops_gate_status) = (exception_id IS NOT NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "exception_is_of_the_same_release" FOREIGN KEY (release_id, exception_id) REFERENCES ops.exceptions(release_id, exception_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "nothing_is_missing_exactly_when_passed" CHECK (((status = 'passed'::ops.ops_gate_status) = (first_missing IS NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "one_gate_per_release_and_code" UNIQUE (release_id, gate_code);

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "resolved_by_somebody" CHECK (((resolved_at IS NULL) = (resolved_by IS NULL)));

ALTER TABLE "ops"."release_gates"
  ADD CONSTRAINT "resolved_exactly_when_terminal"
    CHECK (((status = ANY (ARRAY['passed'::ops.ops_gate_status, 'failed'::ops.ops_gate_status, 'bypassed'::ops.ops_gate_status])) = (resolved_at IS NOT NULL)));

CREATE INDEX release_gates_release_id_exception_id_idx ON ops.release_gates USING btree (release_id, exception_id)
  WHERE (exception_id IS NOT NULL);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.release_gates
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops.refuse_change();

ALTER TABLE "ops"."release_gates"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _100_lock_release
  BEFORE INSERT OR UPDATE ON ops.release_gates
  FOR EACH ROW
  WHEN ((NOT ops.by_definer()))
  EXECUTE FUNCTION ops.lock_release();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.release_gates
  FOR EACH ROW
  EXECUTE FUNCTION ops.stamp_provenance();

CREATE TRIGGER _300_keep_gate_truthful
  BEFORE UPDATE ON ops.release_gates
  FOR EACH ROW
  WHEN ((NOT ops.by_definer()))
  EXECUTE FUNCTION ops.keep_gate_truthful();

CREATE TRIGGER _500_stamp_gate
  BEFORE INSERT OR UPDATE ON ops.release_gates
  FOR EACH ROW
  EXECUTE FUNCTION ops.stamp_gate();

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

COMMENT ON COLUMN "ops"."release_gates"."created_at" IS 'Wall clock when the row was recorded, after the release''s lock: stamped by the server, whatever was sent.';

COMMENT ON COLUMN "ops"."release_gates"."created_by" IS 'Subject of who recorded it: stamped by the server.';

COMMENT ON COLUMN "ops"."release_gates"."created_role" IS 'Role of who recorded it: stamped by the server.';

COMMENT ON COLUMN "ops"."release_gates"."entered_at" IS 'When work on it began, or began again; null while pending. Stamped by the server.';

COMMENT ON COLUMN "ops"."release_gates"."exception_id" IS 'The exception that bypasses it; set exactly when bypassed.';

COMMENT ON COLUMN "ops"."release_gates"."first_missing" IS 'In words, the first blocking requirement that was not met when the gate was last judged, or that the exception covers: its own needs come before its wait for other gates. Null exactly when passed.';

COMMENT ON COLUMN "ops"."release_gates"."gate_code" IS 'G1 to G4.';

COMMENT ON COLUMN "ops"."release_gates"."gate_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."release_gates"."gate_name" IS 'What the code stands for. Stamped by the server.';

COMMENT ON COLUMN "ops"."release_gates"."release_id" IS 'The release whose gate it is.';

COMMENT ON COLUMN "ops"."release_gates"."resolved_at" IS 'When it came to its present verdict; null unless passed, failed or bypassed. Stamped by the server.';

COMMENT ON COLUMN "ops"."release_gates"."resolved_by" IS 'Subject whose fact brought the verdict. Stamped by the server.';

COMMENT ON COLUMN "ops"."release_gates"."status" IS 'The verdict when the last fact arrived; only time (an exception begins or ends) can make it stale.';

COMMENT ON TABLE "ops"."release_gates" IS 'Four rows per release, born with it. status is never an opinion: it is what ops.gate_findings says, stored when a fact arrived.';
