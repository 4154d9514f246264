-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."approvals" (
  "release_id"   uuid NOT NULL,
  "gate_id"      uuid,
  "exception_id" uuid,
  "approver_id"  text NOT NULL,
  CONSTRAINT "exception_is_of_the_same_release" FOREIGN KEY (release_id, exception_id) REFERENCES ops.exceptions(release_id, exception_id) ON DELETE RESTRICT,
  CONSTRAINT "gate_is_of_the_same_release" FOREIGN KEY (release_id, gate_id) REFERENCES ops.release_gates(release_id, gate_id) ON DELETE RESTRICT,
  CONSTRAINT "approvals_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."approvals"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "persona_role" ops.ops_persona_role NOT NULL;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "decision" ops.ops_decision_type NOT NULL;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "scope" ops.ops_approval_scope NOT NULL;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "rationale_structured" jsonb NOT NULL DEFAULT '{}'::jsonb;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "artifacts_digest" text;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "assurance" ops.assurance NOT NULL DEFAULT '(f,,,)'::ops.assurance;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "unmet" text;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "observed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."approvals"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT '-infinity'::timestamp WITH time zone;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."approvals"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "exception_is_named_exactly_in_exception_scope" CHECK (((scope = 'exception'::ops.ops_approval_scope) = (exception_id IS NOT NULL)));

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "gate_is_named_exactly_in_gate_scope" CHECK (((scope = 'gate'::ops.ops_approval_scope) = (gate_id IS NOT NULL)));

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "observed_not_in_the_future" CHECK ((isfinite(observed_at) AND (observed_at <= created_at)));

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "only_an_own_token_says_more" CHECK ((((assurance).own_token IS
    NOT NULL) AND ((assurance).own_token OR (num_nonnulls((assurance).aal, (assurance).second_factor_at, (assurance).sso_at) = 0))));

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "only_approvals_lack_something"
    CHECK (((unmet IS NULL) OR ((decision = 'approved'::ops.ops_decision_type) AND (unmet = ANY (ARRAY['own_token'::text, 'aal2'::text, 'approvers'::text])))));

CREATE INDEX approvals_release_id_exception_id_idx ON ops.approvals USING btree (release_id, exception_id)
  WHERE (exception_id IS NOT NULL);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.approvals
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."approvals"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.approvals
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write('observed_at');

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.approvals
  FOR EACH ROW
  WHEN (((new.rationale_structured <> '{}'::jsonb) AND (NOT ops_private.is_storable(new.rationale_structured))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('rationale_structured');

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.approvals
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('given');

CREATE TRIGGER _300_prepare_approval
  BEFORE INSERT ON ops.approvals
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_prepare_approval();

CREATE TRIGGER _310_stamp_artifacts
  BEFORE INSERT ON ops.approvals
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_stamp_artifacts();

CREATE TRIGGER _500_mark_stop
  AFTER INSERT ON ops.approvals
  FOR EACH ROW
  WHEN (((new.decision = 'rejected'::ops.ops_decision_type) OR ((new.decision = 'request_changes'::ops.ops_decision_type) AND (new.scope = 'release'::ops.ops_approval_scope))))
  EXECUTE FUNCTION ops_private.tg_mark_stop();

CREATE TRIGGER _900_judge_facts AFTER INSERT ON ops.approvals REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN (
  (NOT ops_private.by_definer())
) EXECUTE FUNCTION ops_private.tg_judge_facts();

CREATE POLICY "approvals_in_own_projects" ON "ops"."approvals"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "approvals_insert_qa_tester" ON "ops"."approvals"
  FOR INSERT
  TO "qa_tester"
  WITH
    CHECK
    (((approver_id = ( SELECT ops_private.current_actor() AS current_actor)) AND (persona_role = 'qa_tester'::ops.ops_persona_role) AND (scope = 'gate'::ops.ops_approval_scope) AND
    ops_private.is_gate(gate_id, 'G2'::ops.ops_gate_code)));

CREATE POLICY "approvals_insert_release_manager" ON "ops"."approvals"
  FOR INSERT
  TO "release_manager"
  WITH
    CHECK
    (((approver_id = ( SELECT ops_private.current_actor() AS current_actor)) AND (persona_role = 'release_manager'::ops.ops_persona_role) AND ((scope <>
    'gate'::ops.ops_approval_scope) OR ops_private.is_gate(gate_id, 'G3'::ops.ops_gate_code))));

CREATE POLICY "approvals_select_audit_reader" ON "ops"."approvals"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "approvals_select_release_manager" ON "ops"."approvals"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."approvals" TO "audit_reader";

GRANT INSERT ON TABLE "ops"."approvals" TO "qa_tester";

GRANT INSERT, SELECT ON TABLE "ops"."approvals" TO "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."approvals" TO "service_role";

ALTER TABLE "ops"."approvals"
  ADD COLUMN "approval_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "approvals_are_linked_with_their_gate" UNIQUE (release_id, gate_id, approval_id);

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "approvals_pkey" PRIMARY KEY (approval_id);

ALTER TABLE "ops"."approvals"
  ADD COLUMN "rationale_text" ops.statement;

ALTER TABLE "ops"."approvals"
  ADD CONSTRAINT "sizes_are_bounded"
    CHECK
    (((octet_length(approver_id) <= 255) AND (jsonb_typeof(rationale_structured) = 'object'::text) AND ((rationale_structured = '{}'::jsonb) OR
    ops_private.is_storable(rationale_structured))));

COMMENT ON COLUMN "ops"."approvals"."approver_id" IS 'The name by which records know the person who decided: the caller, or an active member whom a machine names.';

COMMENT ON COLUMN "ops"."approvals"."artifacts_digest" IS 'Digest of the artifacts that were on record when it was recorded: SHA-256 in hex of their sorted lines, name, tab, hash and line feed. Null when there were none. An approval of a gate counts while the digest is the same. Set by the server.';

COMMENT ON COLUMN "ops"."approvals"."assurance" IS 'How sure it is who decided: what the token of the request said. Set by the server.';

COMMENT ON COLUMN "ops"."approvals"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."approvals"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."approvals"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."approvals"."decision" IS 'What the person decided.';

COMMENT ON COLUMN "ops"."approvals"."exception_id" IS 'The exception that was decided on. Set exactly when scope is exception.';

COMMENT ON COLUMN "ops"."approvals"."gate_id" IS 'The gate that was decided on. Set exactly when scope is gate.';

COMMENT ON COLUMN "ops"."approvals"."observed_at" IS 'When it was decided. Only ops.ingest_event sets it; a direct insert gets the wall clock.';

COMMENT ON COLUMN "ops"."approvals"."persona_role" IS 'The role in which the person decided. It is the role of their membership.';

COMMENT ON COLUMN "ops"."approvals"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."approvals"."rationale_structured" IS 'The reasons as an object, for example criteria that are met, known defects, figures. An approval has at least one: a number, true, false, or a text with a visible character. At most 256 KiB.';

COMMENT ON COLUMN "ops"."approvals"."release_id" IS 'The release that was decided on.';

COMMENT ON COLUMN "ops"."approvals"."scope" IS 'What the decision is about.';

COMMENT ON COLUMN "ops"."approvals"."unmet" IS 'Why an approval does not count by the policy of the release: the field of the requirement that it does not meet (own_token, aal2 or approvers). Null when it meets all. One that lacks own_token or aal2 changes nothing: it replaces and lifts no other decision of the person, and bars them from nothing. Set by the server.';

COMMENT ON TABLE "ops"."approvals" IS 'Append-only. One row per decision. The latest decision per approver and persona counts. On a gate a rejection fails the gate, and a request for changes keeps it open. On the release as a whole both keep it out of staging and production. On an exception both take its effect away.';

COMMENT ON COLUMN "ops"."approvals"."approval_id" IS 'Primary key. Whoever inserts a row may choose it, so that an insert that is sent again meets its own first one.';

COMMENT ON COLUMN "ops"."approvals"."rationale_text" IS 'The reasons in words; at most 8 KiB.';
