-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."event_ingest_log" (
  "source_system"   text,
  "event_type"      text,
  "idempotency_key" text,
  "schema_version"  text,
  "payload_hash"    text,
  "content"         jsonb,
  "received_at"     timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

ALTER TABLE "ops"."event_ingest_log"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "processing_status" ops.ops_processing_status NOT NULL;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "error_code" text;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "error_detail" jsonb;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "duplicate_of" uuid;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "result" jsonb;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "release_id" uuid;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "caller_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."event_ingest_log"
  ADD CONSTRAINT "one_outcome" CHECK ((num_nonnulls(content, duplicate_of, error_code) = 1));

CREATE INDEX event_ingest_log_release_id_idx ON ops.event_ingest_log USING btree (release_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.event_ingest_log
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."event_ingest_log"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.event_ingest_log
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_refuse_forged_log
  BEFORE INSERT ON ops.event_ingest_log
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_refuse_forged_log();

CREATE POLICY "event_ingest_log_in_own_projects" ON "ops"."event_ingest_log"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "event_ingest_log_insert_ci_service_role" ON "ops"."event_ingest_log"
  FOR INSERT
  TO "ci_service_role"
  WITH CHECK ((processing_status = ANY (ARRAY['rejected'::ops.ops_processing_status, 'error'::ops.ops_processing_status])));

CREATE POLICY "event_ingest_log_select_audit_reader" ON "ops"."event_ingest_log"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "event_ingest_log_select_release_manager" ON "ops"."event_ingest_log"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."event_ingest_log" TO "audit_reader";

GRANT INSERT ON TABLE "ops"."event_ingest_log" TO "ci_service_role";

GRANT SELECT ON TABLE "ops"."event_ingest_log" TO "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."event_ingest_log" TO "service_role";

ALTER TABLE "ops"."event_ingest_log"
  ADD COLUMN "ingest_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."event_ingest_log"
  ADD CONSTRAINT "event_ingest_log_pkey" PRIMARY KEY (ingest_id);

CREATE INDEX event_ingest_log_created_at_idx ON ops.event_ingest_log USING btree (created_at DESC, ingest_id DESC);

CREATE UNIQUE INDEX event_ingest_log_one_accepted_per_key_idx ON ops.event_ingest_log USING btree (idempotency_key, processing_status, (
CASE
    WHEN (processing_status <> 'accepted'::ops.ops_processing_status) THEN ingest_id
    ELSE NULL::uuid
END)) NULLS NOT DISTINCT;

CREATE INDEX event_ingest_log_refused_idx ON ops.event_ingest_log USING btree (created_at DESC, ingest_id DESC)
  WHERE (processing_status = ANY (ARRAY['rejected'::ops.ops_processing_status, 'error'::ops.ops_processing_status]));

COMMENT ON COLUMN "ops"."event_ingest_log"."caller_role" IS 'Role of the caller.';

COMMENT ON COLUMN "ops"."event_ingest_log"."content" IS 'Canonical content of an accepted event. A retry is compared with it. Null for other rows.';

COMMENT ON COLUMN "ops"."event_ingest_log"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."event_ingest_log"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."event_ingest_log"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."event_ingest_log"."duplicate_of" IS 'For a duplicate: ingest_id of the accepted row. Otherwise null.';

COMMENT ON COLUMN "ops"."event_ingest_log"."error_code" IS 'Code of the refusal; docs/errors.md lists the codes. Null for accepted and duplicate rows.';

COMMENT ON COLUMN "ops"."event_ingest_log"."error_detail" IS 'Details of the refusal. They contain no submitted values and no secrets.';

COMMENT ON COLUMN "ops"."event_ingest_log"."event_type" IS 'As submitted. Null when it could not be read.';

COMMENT ON COLUMN "ops"."event_ingest_log"."idempotency_key" IS 'As submitted. Null when it could not be read.';

COMMENT ON COLUMN "ops"."event_ingest_log"."payload_hash" IS 'SHA-256 in hex of the canonical content, or of the raw bytes when the body could not be read as an event.';

COMMENT ON COLUMN "ops"."event_ingest_log"."processing_status" IS 'Result of the submission.';

COMMENT ON COLUMN "ops"."event_ingest_log"."project" IS 'The project of the release; of an event without a release the project that it names, or the only one of the sender. Null when there is none; then members of every project see it.';

COMMENT ON COLUMN "ops"."event_ingest_log"."received_at" IS 'When the submission reached the database.';

COMMENT ON COLUMN "ops"."event_ingest_log"."release_id" IS 'The release that the event names. Null when the event names none or no release has that id.';

COMMENT ON COLUMN "ops"."event_ingest_log"."result" IS 'For an accepted row: detail of the answer. Each retry gets the same detail. Otherwise null.';

COMMENT ON COLUMN "ops"."event_ingest_log"."schema_version" IS 'As submitted. Null when it could not be read.';

COMMENT ON COLUMN "ops"."event_ingest_log"."source_system" IS 'As submitted. Null when it could not be read.';

COMMENT ON TABLE "ops"."event_ingest_log" IS 'Append-only. One row per submission of an event. A unique index allows one accepted row per idempotency key. Each retry and each refusal is a row of its own.';

COMMENT ON COLUMN "ops"."event_ingest_log"."ingest_id" IS 'Primary key. The answer names it.';
