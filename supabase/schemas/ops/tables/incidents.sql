-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."incidents" (
  "deployment_id" uuid NOT NULL,
  CONSTRAINT "incidents_deployment_id_fkey" FOREIGN KEY (deployment_id) REFERENCES ops.deployments(deployment_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."incidents"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "severity" ops.ops_incident_severity NOT NULL;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "detected_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."incidents"
  ADD COLUMN "resolved_at" timestamp WITH time zone;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "timeline" jsonb NOT NULL DEFAULT '[]'::jsonb;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "root_cause" text;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "postmortem_status" ops.ops_postmortem_status NOT NULL DEFAULT 'pending'::ops.ops_postmortem_status;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."incidents"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."incidents"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."incidents"
  ADD CONSTRAINT "detected_not_in_the_future" CHECK ((isfinite(detected_at) AND (detected_at <= (created_at + '00:05:00'::interval))));

ALTER TABLE "ops"."incidents"
  ADD CONSTRAINT "resolved_after_it_was_detected" CHECK (((resolved_at > detected_at) AND isfinite(resolved_at)));

CREATE INDEX incidents_deployment_id_idx ON ops.incidents USING btree (deployment_id);

CREATE INDEX incidents_open_idx ON ops.incidents USING btree (detected_at DESC)
  WHERE ((resolved_at IS NULL) OR (postmortem_status <> 'complete'::ops.ops_postmortem_status));

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.incidents
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."incidents"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.incidents
  FOR EACH ROW
  WHEN (((new.timeline <> '[]'::jsonb) AND (NOT ops_private.is_storable(new.timeline))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('timeline');

CREATE TRIGGER _160_refuse_unstorable
  BEFORE UPDATE OF timeline ON ops.incidents
  FOR EACH ROW
  WHEN ((NOT ops_private.is_storable(new.timeline)))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('timeline');

ALTER TABLE "ops"."incidents"
  ENABLE ALWAYS TRIGGER "_160_refuse_unstorable";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.incidents
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _180_refuse_secret
  BEFORE UPDATE ON ops.incidents
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

ALTER TABLE "ops"."incidents"
  ENABLE ALWAYS TRIGGER "_180_refuse_secret";

CREATE TRIGGER _190_prepare_incident
  BEFORE INSERT ON ops.incidents
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_prepare_incident();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.incidents
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_allow_changes
  BEFORE UPDATE ON ops.incidents
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_allow_changes('severity', 'resolved_at', 'timeline', 'root_cause', 'postmortem_status');

ALTER TABLE "ops"."incidents"
  ENABLE ALWAYS TRIGGER "_300_allow_changes";

CREATE TRIGGER _300_keep_timeline
  BEFORE INSERT ON ops.incidents
  FOR EACH ROW
  WHEN ((new.timeline <> '[]'::jsonb))
  EXECUTE FUNCTION ops_private.tg_keep_timeline();

CREATE TRIGGER _310_keep_timeline
  BEFORE UPDATE ON ops.incidents
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_keep_timeline();

ALTER TABLE "ops"."incidents"
  ENABLE ALWAYS TRIGGER "_310_keep_timeline";

CREATE POLICY "incidents_in_own_projects" ON "ops"."incidents"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "incidents_insert_sre" ON "ops"."incidents"
  FOR INSERT
  TO "sre"
  WITH CHECK ((created_by = ( SELECT ops_private.current_actor() AS current_actor)));

CREATE POLICY "incidents_select_audit_reader" ON "ops"."incidents"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "incidents_select_release_manager" ON "ops"."incidents"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "incidents_select_sre" ON "ops"."incidents"
  FOR SELECT
  TO "sre"
  USING (true);

CREATE POLICY "incidents_update_sre" ON "ops"."incidents"
  FOR UPDATE
  TO "sre"
  USING ((created_by = ( SELECT ops_private.current_actor() AS current_actor)))
  WITH CHECK ((created_by = ( SELECT ops_private.current_actor() AS current_actor)));

GRANT SELECT ON TABLE "ops"."incidents" TO "audit_reader", "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."incidents" TO "service_role";

GRANT UPDATE ("postmortem_status") ON TABLE "ops"."incidents" TO "sre";

GRANT UPDATE ("resolved_at") ON TABLE "ops"."incidents" TO "sre";

GRANT UPDATE ("root_cause") ON TABLE "ops"."incidents" TO "sre";

GRANT UPDATE ("severity") ON TABLE "ops"."incidents" TO "sre";

GRANT UPDATE ("timeline") ON TABLE "ops"."incidents" TO "sre";

GRANT INSERT, SELECT ON TABLE "ops"."incidents" TO "sre";

ALTER TABLE "ops"."incidents"
  ADD COLUMN "incident_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."incidents"
  ADD CONSTRAINT "incidents_pkey" PRIMARY KEY (incident_id);

ALTER TABLE "ops"."incidents"
  ADD CONSTRAINT "sizes_are_bounded" CHECK (((octet_length(root_cause) <= 8192) AND (jsonb_typeof(timeline) = 'array'::text) AND ops_private.is_storable(timeline)));

COMMENT ON COLUMN "ops"."incidents"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."incidents"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."incidents"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."incidents"."deployment_id" IS 'The deployment that it followed.';

COMMENT ON COLUMN "ops"."incidents"."detected_at" IS 'When somebody detected it.';

COMMENT ON COLUMN "ops"."incidents"."postmortem_status" IS 'Progress of the review.';

COMMENT ON COLUMN "ops"."incidents"."project" IS 'The project of the deployment. Set by the server.';

COMMENT ON COLUMN "ops"."incidents"."resolved_at" IS 'When it ended; always after detected_at. Null while it lasts.';

COMMENT ON COLUMN "ops"."incidents"."root_cause" IS 'Why it happened; at most 8 KiB.';

COMMENT ON COLUMN "ops"."incidents"."severity" IS 'Severity of the incident.';

COMMENT ON COLUMN "ops"."incidents"."timeline" IS 'What happened and what was done: an array of entries, at most 256 KiB, that only grows. An entry with recorded_by is of the server: which column changed from what to what, by whom and when.';

COMMENT ON TABLE "ops"."incidents" IS 'One row per incident that followed a deployment, with its timeline and review. The timeline only grows; each change of severity, resolved_at or root_cause is an entry in it.';

COMMENT ON COLUMN "ops"."incidents"."incident_id" IS 'Primary key. Set by the server; only service_role and the owner may choose one.';
