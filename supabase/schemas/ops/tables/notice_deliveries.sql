-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."notice_deliveries" (
  "notice_id"  uuid   NOT NULL,
  "release_id" uuid   NOT NULL,
  "project"    text   NOT NULL,
  "place"      bigint NOT NULL,
  CONSTRAINT "notice_is_of_the_same_release" FOREIGN KEY (release_id, notice_id) REFERENCES ops.notices(release_id, notice_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."notice_deliveries"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."notice_deliveries"
  SET (fillfactor=70);

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "kind" ops.ops_notice_kind NOT NULL;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "gate_code" ops.ops_gate_code;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "environment" ops.ops_environment;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "state" ops.ops_delivery_state NOT NULL DEFAULT 'waiting'::ops.ops_delivery_state;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "attempt" integer NOT NULL DEFAULT 0;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "failures" integer NOT NULL DEFAULT 0;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "yields" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "due_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "begins_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "same" integer NOT NULL DEFAULT 1;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "last_error" text;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "http_status" integer;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "ended_at" timestamp WITH time zone;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."notice_deliveries"
  ADD CONSTRAINT "counts_are_not_negative" CHECK (((attempt >= 0) AND (failures >= 0) AND (same >= 1)));

ALTER TABLE "ops"."notice_deliveries"
  ADD CONSTRAINT "ended_exactly_when_not_open" CHECK (((state = ANY (ARRAY['waiting'::ops.ops_delivery_state, 'claimed'::ops.ops_delivery_state])) = (ended_at IS NULL)));

ALTER TABLE "ops"."notice_deliveries"
  ADD CONSTRAINT "error_is_of_the_list"
    CHECK
    ((last_error = ANY (ARRAY['http_status'::text, 'timeout'::text, 'connection'::text, 'tls'::text, 'redirect'::text, 'private_address'::text, 'name_not_found'::text,
    'secret_missing'::text, 'secret_malformed'::text, 'too_large'::text, 'address_refused'::text, 'unexpected'::text, 'lease_expired'::text])));

ALTER TABLE "ops"."notice_deliveries"
  ADD CONSTRAINT "status_is_one_of_http" CHECK (((http_status >= 100) AND (http_status <= 599)));

CREATE INDEX notice_deliveries_due_at_idx ON ops.notice_deliveries USING btree (due_at)
  WHERE (ended_at IS NULL);

CREATE INDEX notice_deliveries_project_created_at_idx ON ops.notice_deliveries USING btree (project, created_at DESC);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.notice_deliveries
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."notice_deliveries"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.notice_deliveries
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _310_allow_changes
  BEFORE UPDATE ON ops.notice_deliveries
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_allow_changes('state', 'attempt', 'failures', 'yields', 'due_at', 'last_error', 'http_status', 'ended_at');

ALTER TABLE "ops"."notice_deliveries"
  ENABLE ALWAYS TRIGGER "_310_allow_changes";

CREATE POLICY "notice_deliveries_in_own_projects" ON "ops"."notice_deliveries"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "notice_deliveries_select_audit_reader" ON "ops"."notice_deliveries"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "notice_deliveries_select_release_manager" ON "ops"."notice_deliveries"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."notice_deliveries" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "delivery_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."notice_deliveries"
  ADD CONSTRAINT "notice_deliveries_pkey" PRIMARY KEY (delivery_id);

ALTER TABLE "ops"."notice_deliveries"
  ADD COLUMN "target_name" ops.name NOT NULL;

ALTER TABLE "ops"."notice_deliveries"
  ADD CONSTRAINT "one_delivery_per_notice_and_target" UNIQUE (release_id, notice_id, target_name);

CREATE INDEX notice_deliveries_open_idx ON ops.notice_deliveries USING btree (release_id, target_name, place)
  WHERE (ended_at IS NULL);

COMMENT ON COLUMN "ops"."notice_deliveries"."attempt" IS 'How often a sender claimed it. An outcome names the attempt, so that a late sender cannot write over a newer one.';

COMMENT ON COLUMN "ops"."notice_deliveries"."begins_at" IS 'When the first of the notices was written for which this one stands. Those of the next two minutes merge with it.';

COMMENT ON COLUMN "ops"."notice_deliveries"."created_at" IS 'When the row was recorded. Set by the server.';

COMMENT ON COLUMN "ops"."notice_deliveries"."created_by" IS 'Whose fact made the notice true: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."notice_deliveries"."created_role" IS 'Role of the caller whose fact made it true. Set by the server.';

COMMENT ON COLUMN "ops"."notice_deliveries"."due_at" IS 'From when it can be claimed; of one that is claimed, when the claim lapses.';

COMMENT ON COLUMN "ops"."notice_deliveries"."ended_at" IS 'When it was delivered, set aside, merged or past. Null while it is open.';

COMMENT ON COLUMN "ops"."notice_deliveries"."environment" IS 'The environment of the notice.';

COMMENT ON COLUMN "ops"."notice_deliveries"."failures" IS 'How many tries failed since it was due for the first time, or again by ops.retry_notice.';

COMMENT ON COLUMN "ops"."notice_deliveries"."gate_code" IS 'The gate of the notice.';

COMMENT ON COLUMN "ops"."notice_deliveries"."http_status" IS 'The HTTP status of the answer to the last try that ended. Null when none came.';

COMMENT ON COLUMN "ops"."notice_deliveries"."kind" IS 'The kind of the notice.';

COMMENT ON COLUMN "ops"."notice_deliveries"."last_error" IS 'Why the last try failed that did. unexpected: a fault of the sender, which says in its log where. lease_expired: the sender did not come back.';

COMMENT ON COLUMN "ops"."notice_deliveries"."notice_id" IS 'The notice.';

COMMENT ON COLUMN "ops"."notice_deliveries"."place" IS 'The place of the notice: deliveries of a release to a target follow it.';

COMMENT ON COLUMN "ops"."notice_deliveries"."project" IS 'The project of the release.';

COMMENT ON COLUMN "ops"."notice_deliveries"."release_id" IS 'The release of the notice.';

COMMENT ON COLUMN "ops"."notice_deliveries"."same" IS 'For how many notices the message stands.';

COMMENT ON COLUMN "ops"."notice_deliveries"."state" IS 'What became of it.';

COMMENT ON COLUMN "ops"."notice_deliveries"."yields" IS 'Whether later notices of the release go on without it: five tries failed once.';

COMMENT ON TABLE "ops"."notice_deliveries" IS 'One row per notice and target that asked for it: what became of it there. Only functions write it. Nothing of what a receiver answers is kept but its HTTP status.';

COMMENT ON COLUMN "ops"."notice_deliveries"."delivery_id" IS 'Primary key. A sender and ops.retry_notice name it.';

COMMENT ON COLUMN "ops"."notice_deliveries"."target_name" IS 'The target, by its name within the project.';
