-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."gate_requirements" (
  "project" text,
  CONSTRAINT "gate_requirements_project_fkey" FOREIGN KEY (project) REFERENCES ops.projects(project) ON DELETE RESTRICT
);

ALTER TABLE "ops"."gate_requirements"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "gate_code" ops.ops_gate_code NOT NULL;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "kind" ops.ops_requirement_kind NOT NULL;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "min_count" integer NOT NULL DEFAULT 1;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "enforcement" ops.ops_enforcement NOT NULL DEFAULT 'blocking'::ops.ops_enforcement;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "not_initiator" boolean NOT NULL DEFAULT true;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "one_gate" boolean NOT NULL DEFAULT true;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "valid_for" integer;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "require_hash" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "own_token" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "aal2" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "accept_sso" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "approvers" text[];

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "valid_from" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "valid_to" timestamp WITH time zone;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "closed_by" text;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "opened_by_change" uuid;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "closed_by_change" uuid;

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "alone_is_blocking" CHECK ((((kind)::text <> 'alone'::text) OR (enforcement = 'blocking'::ops.ops_enforcement)));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "assurance_is_asked_only_of_approvals"
    CHECK (((kind = ANY (ARRAY['approval'::ops.ops_requirement_kind, 'exception_approvals'::ops.ops_requirement_kind])) OR (NOT (own_token OR aal2 OR (approvers IS NOT NULL)))));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "closed_by_somebody" CHECK (((valid_to IS NULL) = (closed_by IS NULL)));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "exception_approvals_are_blocking" CHECK (((kind <> 'exception_approvals'::ops.ops_requirement_kind) OR (enforcement = 'blocking'::ops.ops_enforcement)));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "hashes_are_required_only_of_evidence" CHECK (((NOT require_hash) OR (kind = 'evidence'::ops.ops_requirement_kind)));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "kind_fits_the_gate" CHECK (
CASE kind
    WHEN 'deployment_health'::ops.ops_requirement_kind THEN (gate_code = 'G4'::ops.ops_gate_code)
    WHEN 'no_failed_checks'::ops.ops_requirement_kind THEN (gate_code <> 'G4'::ops.ops_gate_code)
    WHEN 'environment_healthy'::ops.ops_requirement_kind THEN (gate_code = 'G3'::ops.ops_gate_code)
    WHEN 'deployed_artifacts'::ops.ops_requirement_kind THEN (gate_code = 'G3'::ops.ops_gate_code)
    WHEN 'objected_elsewhere'::ops.ops_requirement_kind THEN (gate_code = 'G3'::ops.ops_gate_code)
    ELSE true
END);

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "min_count_counts_approvals_or_evidence"
    CHECK
    (((min_count >= 1) AND (min_count <= 20) AND ((min_count = 1) OR (kind = ANY (ARRAY['approval'::ops.ops_requirement_kind, 'evidence'::ops.ops_requirement_kind,
    'exception_approvals'::ops.ops_requirement_kind])))));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "only_approvals_and_evidence_lapse"
    CHECK (((valid_for IS NULL) OR ((valid_for >= 1) AND (kind = ANY (ARRAY['approval'::ops.ops_requirement_kind, 'evidence'::ops.ops_requirement_kind])))));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "only_approvals_switch_off_not_initiator_or_one_gate" CHECK (((not_initiator AND one_gate) OR (kind = 'approval'::ops.ops_requirement_kind)));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "policy_can_require_the_kind"
    CHECK
    (((kind)::text = ANY (ARRAY['prior_gate'::text, 'check'::text, 'no_failed_checks'::text, 'approval'::text, 'evidence'::text, 'deployment_health'::text,
    'environment_healthy'::text, 'deployed_artifacts'::text, 'objected_elsewhere'::text, 'exception_approvals'::text, 'alone'::text])));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "sso_is_accepted_instead_of_a_second_factor" CHECK ((aal2 OR (NOT accept_sso)));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "valid_for_a_while" CHECK ((valid_to > valid_from));

CREATE INDEX gate_requirements_asking_more_idx ON ops.gate_requirements USING btree (gate_code)
  WHERE (own_token OR aal2 OR (approvers IS NOT NULL));

CREATE INDEX gate_requirements_closed_by_change_idx ON ops.gate_requirements USING btree (closed_by_change);

CREATE INDEX gate_requirements_opened_by_change_idx ON ops.gate_requirements USING btree (opened_by_change);

CREATE INDEX gate_requirements_project_gate_code_idx ON ops.gate_requirements USING btree (project, gate_code, valid_from);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.gate_requirements
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."gate_requirements"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _100_lock_policy
  BEFORE INSERT ON ops.gate_requirements
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_lock_policy();

CREATE TRIGGER _110_lock_policy
  BEFORE UPDATE ON ops.gate_requirements
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_lock_policy();

ALTER TABLE "ops"."gate_requirements"
  ENABLE ALWAYS TRIGGER "_110_lock_policy";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.gate_requirements
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.gate_requirements
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_close_requirement
  BEFORE UPDATE ON ops.gate_requirements
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_close_requirement();

ALTER TABLE "ops"."gate_requirements"
  ENABLE ALWAYS TRIGGER "_300_close_requirement";

CREATE TRIGGER _300_start_requirement
  BEFORE INSERT ON ops.gate_requirements
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_start_requirement();

CREATE TRIGGER _310_name_approvers
  BEFORE INSERT ON ops.gate_requirements
  FOR EACH ROW
  WHEN ((new.approvers IS NOT NULL))
  EXECUTE FUNCTION ops_private.tg_name_approvers();

CREATE POLICY "gate_requirements_in_own_projects" ON "ops"."gate_requirements"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING
    ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])) OR
    ((project IS NULL) AND ( SELECT ops_private.is_member() AS is_member)))));

CREATE POLICY "gate_requirements_select_audit_reader" ON "ops"."gate_requirements"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "gate_requirements_select_release_manager" ON "ops"."gate_requirements"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."gate_requirements" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "requirement_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "gate_requirements_pkey" PRIMARY KEY (requirement_id);

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "gate_requirements_closed_by_change_fkey" FOREIGN KEY (closed_by_change) REFERENCES ops.policy_changes(change_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "gate_requirements_opened_by_change_fkey" FOREIGN KEY (opened_by_change) REFERENCES ops.policy_changes(change_id) ON DELETE RESTRICT;

ALTER TABLE "ops"."gate_requirements"
  ADD COLUMN "subject" ops.name;

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "enough_approvers_are_named_once" CHECK (((approvers IS NULL) OR (ops_private.are_approvers(approvers) AND (min_count <= cardinality(approvers)))));

ALTER TABLE "ops"."gate_requirements"
  ADD CONSTRAINT "subject_fits_the_kind" CHECK (COALESCE(
CASE kind
    WHEN 'check'::ops.ops_requirement_kind THEN (subject IS NOT NULL)
    WHEN 'approval'::ops.ops_requirement_kind THEN ((subject)::text = ANY ((enum_range(NULL::ops.ops_persona_role))::text[]))
    WHEN 'evidence'::ops.ops_requirement_kind THEN
      (((subject)::text <> ''::text) AND (string_to_array((subject)::text, '|'::text) <@ (enum_range(NULL::ops.ops_artifact_type))::text[]))
    WHEN 'prior_gate'::ops.ops_requirement_kind THEN (((subject)::text = ANY (ARRAY['G1'::text, 'G2'::text, 'G3'::text])) AND ((subject)::text < (gate_code)::text))
    ELSE (subject IS NULL)
END, false));

CREATE UNIQUE INDEX gate_requirements_open_need_idx ON ops.gate_requirements USING btree (COALESCE(project, ''::text), gate_code, kind, COALESCE((subject)::text, ''::text))
  WHERE (valid_to IS NULL);

COMMENT ON COLUMN "ops"."gate_requirements"."aal2" IS 'For approvals, also of exceptions: whether one counts only when the token of the person says aal2, with a second factor not older than 12 hours at that moment.';

COMMENT ON COLUMN "ops"."gate_requirements"."accept_sso" IS 'Where aal2 is asked: whether a single sign-on not older than 12 hours is as good.';

COMMENT ON COLUMN "ops"."gate_requirements"."approvers" IS 'For approvals, also of exceptions: the names by which records know the 1 to 50 members of whom min_count must approve. Approvals of others do not count. Null: whoever has the persona. Each was an active person when the row was set, and one of them at least held the role; the server writes the spelling of the member.';

COMMENT ON COLUMN "ops"."gate_requirements"."closed_by" IS 'Who closed the row: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."gate_requirements"."closed_by_change" IS 'The change of policy that closed the row. Null while it is open, and for what was closed before version 0.10.0.';

COMMENT ON COLUMN "ops"."gate_requirements"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."gate_requirements"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."gate_requirements"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."gate_requirements"."enforcement" IS 'blocking stops the gate; advisory is only shown.';

COMMENT ON COLUMN "ops"."gate_requirements"."gate_code" IS 'The gate that has the requirement.';

COMMENT ON COLUMN "ops"."gate_requirements"."kind" IS 'The kind of requirement. It decides what subject means.';

COMMENT ON COLUMN "ops"."gate_requirements"."min_count" IS 'How many approvals or artifacts are required, 1 to 20. Always 1 for the other kinds.';

COMMENT ON COLUMN "ops"."gate_requirements"."not_initiator" IS 'For approvals: whether one by the initiator of the release does not count. False: it counts.';

COMMENT ON COLUMN "ops"."gate_requirements"."one_gate" IS 'For approvals: whether one by somebody who also approved an earlier gate of the release, or this gate in another persona, does not count. False: it counts. It is the same for all approvals of a gate (ops.set_gate_policy).';

COMMENT ON COLUMN "ops"."gate_requirements"."opened_by_change" IS 'The change of policy that opened the row. Null for the first default rows, and for what was set before version 0.10.0.';

COMMENT ON COLUMN "ops"."gate_requirements"."own_token" IS 'For approvals, also of exceptions: whether one counts only when the person gave it with their own token. One by an agent that names the person does not.';

COMMENT ON COLUMN "ops"."gate_requirements"."project" IS 'The project that the row is for. Null: a default row, for every project that has no rows of its own for the gate.';

COMMENT ON COLUMN "ops"."gate_requirements"."require_hash" IS 'For evidence: whether an artifact counts only with its SHA-256.';

COMMENT ON COLUMN "ops"."gate_requirements"."valid_for" IS 'For approvals and evidence: how many seconds after it was recorded one counts. Null: without limit.';

COMMENT ON COLUMN "ops"."gate_requirements"."valid_from" IS 'The row applies to releases opened at or after this moment. The server sets it: the moment of the insert.';

COMMENT ON COLUMN "ops"."gate_requirements"."valid_to" IS 'The row does not apply to releases opened at or after this moment. Null while the row is open. The server sets it once: the moment of the update that closes the row.';

COMMENT ON TABLE "ops"."gate_requirements" IS 'One row per requirement of a gate. The rows in force when a release was opened apply to it. If a project has rows of its own for a gate, they replace the default rows of that gate.';

COMMENT ON COLUMN "ops"."gate_requirements"."requirement_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."gate_requirements"."subject" IS 'By kind. check: name of the check. approval: the persona. evidence: artifact types separated by |, any of which counts. prior_gate: code of that gate. Null for the other kinds.';
