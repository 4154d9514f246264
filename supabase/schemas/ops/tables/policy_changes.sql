-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."policy_changes" (
  "project" text,
  CONSTRAINT "policy_changes_project_fkey" FOREIGN KEY (project) REFERENCES ops.projects(project) ON DELETE RESTRICT
);

ALTER TABLE "ops"."policy_changes"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "gate_code" ops.ops_gate_code NOT NULL;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "requirements" jsonb NOT NULL;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "dropped" jsonb NOT NULL DEFAULT '[]'::jsonb;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "base" text NOT NULL DEFAULT ''::text;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "hash" text NOT NULL DEFAULT ''::text;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "confirmed_at" timestamp WITH time zone;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "confirmed_by" text;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "alone" boolean;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."policy_changes"
  ADD CONSTRAINT "alone_when_the_author_confirms" CHECK (((alone IS NULL) OR (alone = (confirmed_by = created_by))));

ALTER TABLE "ops"."policy_changes"
  ADD CONSTRAINT "confirmed_by_somebody_alone_or_not" CHECK ((num_nonnulls(confirmed_at, confirmed_by, alone) = ANY (ARRAY[0, 3])));

CREATE UNIQUE INDEX policy_changes_hash_idx ON ops.policy_changes USING btree (hash);

CREATE INDEX policy_changes_project_gate_code_idx ON ops.policy_changes USING btree (project, gate_code, created_at);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.policy_changes
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."policy_changes"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.policy_changes
  FOR EACH ROW
  WHEN ((NOT ops_private.is_storable(new.requirements)))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('requirements', 'requirements_are_a_bounded_list');

CREATE TRIGGER _160_refuse_unstorable
  BEFORE INSERT ON ops.policy_changes
  FOR EACH ROW
  WHEN ((NOT ops_private.is_storable(new.dropped)))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('dropped', 'dropped_are_a_bounded_list');

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.policy_changes
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.policy_changes
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_seal_policy_change
  BEFORE INSERT ON ops.policy_changes
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_seal_policy_change();

CREATE TRIGGER _310_confirm_policy_change
  BEFORE UPDATE ON ops.policy_changes
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_confirm_policy_change();

ALTER TABLE "ops"."policy_changes"
  ENABLE ALWAYS TRIGGER "_310_confirm_policy_change";

CREATE POLICY "policy_changes_in_own_projects" ON "ops"."policy_changes"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING
    ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])) OR
    ((project IS NULL) AND ( SELECT ops_private.is_member() AS is_member)))));

CREATE POLICY "policy_changes_select_audit_reader" ON "ops"."policy_changes"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "policy_changes_select_release_manager" ON "ops"."policy_changes"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."policy_changes" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "change_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."policy_changes"
  ADD CONSTRAINT "policy_changes_pkey" PRIMARY KEY (change_id);

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "on_behalf_of" ops.name;

ALTER TABLE "ops"."policy_changes"
  ADD COLUMN "reason" ops.statement NOT NULL;

ALTER TABLE "ops"."policy_changes"
  ADD CONSTRAINT "dropped_are_a_bounded_list" CHECK (
CASE
    WHEN (jsonb_typeof(dropped) = 'array'::text) THEN ((jsonb_array_length(dropped) <= 100) AND ops_private.is_storable(dropped))
    ELSE false
END);

ALTER TABLE "ops"."policy_changes"
  ADD CONSTRAINT "only_proposals_are_confirmed" CHECK (((on_behalf_of IS NULL) OR (confirmed_at IS NULL)));

ALTER TABLE "ops"."policy_changes"
  ADD CONSTRAINT "requirements_are_a_bounded_list" CHECK (
CASE
    WHEN (jsonb_typeof(requirements) = 'array'::text) THEN ((jsonb_array_length(requirements) <= 100) AND ops_private.is_storable(requirements))
    ELSE false
END);

COMMENT ON COLUMN "ops"."policy_changes"."alone" IS 'Whether its author confirmed it, who was the only release manager. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."base" IS 'A digest of the rows of the gate that were in force before, and of those that ever were. A proposal is overtaken when it is another one now. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."confirmed_at" IS 'When a proposal was confirmed. The server sets it once: the moment of the update.';

COMMENT ON COLUMN "ops"."policy_changes"."confirmed_by" IS 'Who confirmed it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."created_at" IS 'When the row was recorded: wall clock after the lock of the policy was taken. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."dropped" IS 'The default blocking requirements, each as {kind, subject}, that the proposal leaves out or asks less of, and says so.';

COMMENT ON COLUMN "ops"."policy_changes"."gate_code" IS 'The gate whose requirements are replaced.';

COMMENT ON COLUMN "ops"."policy_changes"."hash" IS 'SHA-256 of the project, gate, requirements, dropped, reason, author, base and change_id. Who confirms repeats it. Set by the server.';

COMMENT ON COLUMN "ops"."policy_changes"."project" IS 'The project that the change is for. Null: every project that has no rows of its own for the gate.';

COMMENT ON COLUMN "ops"."policy_changes"."requirements" IS 'The requirements after the change, at most 100, with defaults filled in, the approvers by the names of records, ordered by kind and subject. Empty: the project uses the default rows again.';

COMMENT ON TABLE "ops"."policy_changes" IS 'Append-only, but for a confirmation, which is set once. One row per change of policy: a proposal of a release manager, or what ops.set_gate_policy put in force. ops.v_policy_changes says what became of each. Only ops.propose_gate_policy, ops.confirm_gate_policy and ops.set_gate_policy write it.';

COMMENT ON COLUMN "ops"."policy_changes"."change_id" IS 'Primary key. The rows of ops.gate_requirements that a change opened or closed name it.';

COMMENT ON COLUMN "ops"."policy_changes"."on_behalf_of" IS 'Of a change with the secret key or by the owner: who wanted it, by the name by which records know a member. Free text while there was no release manager. Null for a proposal, which its author wants.';

COMMENT ON COLUMN "ops"."policy_changes"."reason" IS 'Why the change is wanted; at most 8 KiB.';
