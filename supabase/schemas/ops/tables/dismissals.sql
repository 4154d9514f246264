-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."dismissals" (
  "release_id" uuid NOT NULL,
  CONSTRAINT "dismissals_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."dismissals"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "kind" ops.ops_dismissed_fact NOT NULL;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "gate_id" uuid;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "exception_id" uuid;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "deployment_id" uuid;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "check_id" uuid;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "approval_id" uuid;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "contested_id" uuid;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "trusted" boolean;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "author" text;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "author_role" text;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "alone" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "one_fact_is_named" CHECK (((num_nonnulls(check_id, approval_id, contested_id) =
CASE kind
    WHEN 'stalled_deployment'::ops.ops_dismissed_fact THEN 0
    ELSE 1
END) AND ((kind <> 'stalled_deployment'::ops.ops_dismissed_fact) OR (deployment_id IS NOT NULL))));

CREATE INDEX dismissals_approval_id_idx ON ops.dismissals USING btree (approval_id);

CREATE INDEX dismissals_release_id_contested_id_idx ON ops.dismissals USING btree (release_id, contested_id);

CREATE INDEX dismissals_release_id_deployment_id_idx ON ops.dismissals USING btree (release_id, deployment_id);

CREATE INDEX dismissals_release_id_exception_id_idx ON ops.dismissals USING btree (release_id, exception_id);

CREATE INDEX dismissals_release_id_gate_id_check_id_idx ON ops.dismissals USING btree (release_id, gate_id, check_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.dismissals
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."dismissals"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.dismissals
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.dismissals
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.dismissals
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE POLICY "dismissals_in_own_projects" ON "ops"."dismissals"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "dismissals_select_audit_reader" ON "ops"."dismissals"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "dismissals_select_release_manager" ON "ops"."dismissals"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."dismissals" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "dismissals_approval_id_fkey" FOREIGN KEY (approval_id) REFERENCES ops.approvals(approval_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "contested_report_is_of_the_same_release" FOREIGN KEY (release_id, contested_id) REFERENCES ops.contested_reports(release_id, contested_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "deployment_is_of_the_same_release" FOREIGN KEY (release_id, deployment_id) REFERENCES ops.deployments(release_id, deployment_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "dismissal_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "dismissals_pkey" PRIMARY KEY (dismissal_id);

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "exception_is_of_the_same_release" FOREIGN KEY (release_id, exception_id) REFERENCES ops.exceptions(release_id, exception_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "check_is_of_the_same_gate" FOREIGN KEY (release_id, gate_id, check_id) REFERENCES ops.gate_checks(release_id, gate_id, check_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "gate_is_of_the_same_release" FOREIGN KEY (release_id, gate_id) REFERENCES ops.release_gates(release_id, gate_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "check_name" ops.name;

ALTER TABLE "ops"."dismissals"
  ADD COLUMN "reason" ops.statement NOT NULL;

ALTER TABLE "ops"."dismissals"
  ADD CONSTRAINT "what_is_set_aside_is_named" CHECK (
CASE
    WHEN (check_id IS NOT NULL) THEN ((num_nonnulls(gate_id, check_name, trusted) = 3) AND (trusted OR (num_nonnulls(author, author_role) = 2)))
    WHEN (kind = 'objection'::ops.ops_dismissed_fact) THEN (num_nonnulls(author, author_role) = 2)
    ELSE true
END);

COMMENT ON COLUMN "ops"."dismissals"."alone" IS 'Whether its author could dismiss it only because policy lets the only release manager of the project do so (alone): they initiated the release, or had approved something of it. Set by the server.';

COMMENT ON COLUMN "ops"."dismissals"."approval_id" IS 'The decision that was named. All decisions of its author in that role on the same gate, exception or release were set aside.';

COMMENT ON COLUMN "ops"."dismissals"."author" IS 'The name by which records know the person who decided or recorded the check. Null where the author does not matter.';

COMMENT ON COLUMN "ops"."dismissals"."author_role" IS 'The role in which they did.';

COMMENT ON COLUMN "ops"."dismissals"."check_id" IS 'The check that was named. All checks of its gate, deployment, name and trust class were set aside; of those that people recorded, the checks of their author alone.';

COMMENT ON COLUMN "ops"."dismissals"."contested_id" IS 'The contested report that was named. Those that say the same ended with it (ops.contested_report_ends).';

COMMENT ON COLUMN "ops"."dismissals"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."dismissals"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."dismissals"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."dismissals"."deployment_id" IS 'The deployment that was set aside, or the one of the check that was. Null for other facts.';

COMMENT ON COLUMN "ops"."dismissals"."exception_id" IS 'The exception of the decision. Null for other facts.';

COMMENT ON COLUMN "ops"."dismissals"."gate_id" IS 'The gate of the fact. Null for a decision on an exception or on the release as a whole, and for a deployment.';

COMMENT ON COLUMN "ops"."dismissals"."kind" IS 'What was set aside.';

COMMENT ON COLUMN "ops"."dismissals"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."dismissals"."release_id" IS 'The release of the fact.';

COMMENT ON COLUMN "ops"."dismissals"."trusted" IS 'Trust class of the check. Null for other facts.';

COMMENT ON TABLE "ops"."dismissals" IS 'Append-only. One row per dismissal: what was set aside, by whom, and why. It sets aside what was recorded until then; later facts count anew. Only ops.dismiss writes it.';

COMMENT ON COLUMN "ops"."dismissals"."dismissal_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."dismissals"."check_name" IS 'Name of the check. Null for other facts.';

COMMENT ON COLUMN "ops"."dismissals"."reason" IS 'Why it was set aside; at most 8 KiB.';
