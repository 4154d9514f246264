-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."environment_events" ();

ALTER TABLE "ops"."environment_events"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "environment" ops.ops_environment NOT NULL;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "event_type" text NOT NULL;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "source_system" ops.ops_source_system NOT NULL;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "payload" jsonb NOT NULL DEFAULT '{}'::jsonb;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "idempotency_key" text NOT NULL;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "observed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."environment_events"
  ADD CONSTRAINT "event_type_is_a_short_word" CHECK ((event_type ~ '^[a-z][a-z0-9_]{2,62}$'::text));

ALTER TABLE "ops"."environment_events"
  ADD CONSTRAINT "key_is_visible_ascii" CHECK ((idempotency_key ~ '^[!-~]{8,255}$'::text));

ALTER TABLE "ops"."environment_events"
  ADD CONSTRAINT "observed_not_in_the_future" CHECK ((isfinite(observed_at) AND (observed_at <= created_at)));

ALTER TABLE "ops"."environment_events"
  ADD CONSTRAINT "one_event_per_idempotency_key" UNIQUE (idempotency_key);

CREATE INDEX environment_events_environment_observed_at_idx ON ops.environment_events USING btree (environment, observed_at DESC);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.environment_events
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."environment_events"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.environment_events
  FOR EACH ROW
  WHEN (((new.payload <> '{}'::jsonb) AND (NOT ops_private.is_storable(new.payload))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('payload');

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.environment_events
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_prepare_event
  BEFORE INSERT ON ops.environment_events
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_event();

CREATE POLICY "environment_events_in_own_projects" ON "ops"."environment_events"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "environment_events_insert_ci_service_role" ON "ops"."environment_events"
  FOR INSERT
  TO "ci_service_role"
  WITH CHECK ((starts_with(idempotency_key, 'direct/'::text) AND ops_private.may_send_source(source_system)));

CREATE POLICY "environment_events_select_audit_reader" ON "ops"."environment_events"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "environment_events_select_release_manager" ON "ops"."environment_events"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "environment_events_select_sre" ON "ops"."environment_events"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."environment_events" TO "audit_reader";

GRANT INSERT ON TABLE "ops"."environment_events" TO "ci_service_role";

GRANT SELECT ON TABLE "ops"."environment_events" TO "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."environment_events" TO "service_role";

GRANT SELECT ON TABLE "ops"."environment_events" TO "sre";

ALTER TABLE "ops"."environment_events"
  ADD COLUMN "event_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."environment_events"
  ADD CONSTRAINT "environment_events_pkey" PRIMARY KEY (event_id);

ALTER TABLE "ops"."environment_events"
  ADD CONSTRAINT "sizes_are_bounded" CHECK (((jsonb_typeof(payload) = 'object'::text) AND ops_private.is_storable(payload)));

COMMENT ON COLUMN "ops"."environment_events"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."environment_events"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."environment_events"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."environment_events"."environment" IS 'The environment in which it happened.';

COMMENT ON COLUMN "ops"."environment_events"."event_type" IS 'What happened: 3 to 63 of a-z, 0-9 and _, beginning with a letter.';

COMMENT ON COLUMN "ops"."environment_events"."idempotency_key" IS 'The producer''s key, unique. The same report is stored once.';

COMMENT ON COLUMN "ops"."environment_events"."observed_at" IS 'When it happened. Only ops.ingest_event sets it; a direct insert gets the wall clock.';

COMMENT ON COLUMN "ops"."environment_events"."payload" IS 'Details: an object of at most 256 KiB.';

COMMENT ON COLUMN "ops"."environment_events"."project" IS 'The project that it is about: payload.project, or the only project of the sender. Null: every project; then members of every project see it.';

COMMENT ON COLUMN "ops"."environment_events"."source_system" IS 'The kind of system that reported it.';

COMMENT ON TABLE "ops"."environment_events" IS 'Append-only. One row per event in an environment, for example deploy_start, deploy_complete, rollback_trigger, health_check, alert_fired, backup_complete, restore_drill. Other types are allowed.';

COMMENT ON COLUMN "ops"."environment_events"."event_id" IS 'Primary key. Set by the server; only service_role and the owner may choose one.';
