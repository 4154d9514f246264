-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."exceptions" (
  "release_id" uuid NOT NULL,
  CONSTRAINT "exceptions_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."exceptions"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "exception_type" ops.ops_exception_type NOT NULL;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "impacted_gates" ops.ops_gate_code[] NOT NULL;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "approver_id" text NOT NULL;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "effective_from" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "expires_at" timestamp WITH time zone NOT NULL;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "compensating_controls" jsonb NOT NULL DEFAULT '{}'::jsonb;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "assurance" ops.assurance NOT NULL DEFAULT '(f,,,)'::ops.assurance;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "unmet" text;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "post_review_status" ops.ops_review_status NOT NULL DEFAULT 'pending'::ops.ops_review_status;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "reviewed_at" timestamp WITH time zone;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "reviewed_by" text;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "revoked_at" timestamp WITH time zone;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "revoked_by" text;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "alone" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "begins_within_seven_days" CHECK ((effective_from <= (created_at + '168:00:00'::interval)));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "effective_once_recorded" CHECK ((isfinite(effective_from) AND (effective_from >= created_at)));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "its_approver_lacks_something" CHECK ((unmet = ANY (ARRAY['own_token'::text, 'aal2'::text])));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "lasts_at_most_thirty_days" CHECK (((expires_at > effective_from) AND (expires_at <= (effective_from + '720:00:00'::interval))));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "only_an_own_token_says_more" CHECK ((((assurance).own_token IS
    NOT NULL) AND ((assurance).own_token OR (num_nonnulls((assurance).aal, (assurance).second_factor_at, (assurance).sso_at) = 0))));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "reviewed_by_somebody_once"
    CHECK ((((reviewed_at IS NULL) = (reviewed_by IS NULL)) AND ((reviewed_at IS NULL) = (post_review_status = 'pending'::ops.ops_review_status))));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "revoked_by_somebody" CHECK (((revoked_at IS NULL) = (revoked_by IS NULL)));

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "some_gate_is_impacted" CHECK (((cardinality(impacted_gates) > 0) AND (array_position(impacted_gates, NULL::ops.ops_gate_code) IS NULL)));

CREATE INDEX exceptions_effective_from_idx ON ops.exceptions USING btree (effective_from DESC);

CREATE INDEX exceptions_release_id_expires_at_idx ON ops.exceptions USING btree (release_id, expires_at);

CREATE INDEX exceptions_to_review_idx ON ops.exceptions USING btree (effective_from DESC)
  WHERE (post_review_status = 'pending'::ops.ops_review_status);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.exceptions
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.exceptions
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

CREATE TRIGGER _110_prepare_direct_change
  BEFORE UPDATE ON ops.exceptions
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_110_prepare_direct_change";

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.exceptions
  FOR EACH ROW
  WHEN (((new.compensating_controls <> '{}'::jsonb) AND (NOT ops_private.is_storable(new.compensating_controls))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('compensating_controls');

CREATE TRIGGER _160_refuse_unstorable
  BEFORE UPDATE OF compensating_controls ON ops.exceptions
  FOR EACH ROW
  WHEN ((NOT ops_private.is_storable(new.compensating_controls)))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('compensating_controls');

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_160_refuse_unstorable";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.exceptions
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE TRIGGER _300_prepare_exception
  BEFORE INSERT ON ops.exceptions
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_prepare_exception();

CREATE TRIGGER _310_allow_changes
  BEFORE UPDATE ON ops.exceptions
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_allow_changes('post_review_status', 'reviewed_at', 'reviewed_by', 'revoked_at', 'revoked_by');

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_310_allow_changes";

CREATE TRIGGER _400_stamp_revocation
  BEFORE UPDATE ON ops.exceptions
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_revocation();

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_400_stamp_revocation";

CREATE TRIGGER _410_stamp_review
  BEFORE UPDATE ON ops.exceptions
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_review();

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_410_stamp_review";

CREATE TRIGGER _800_tell
  AFTER INSERT ON ops.exceptions
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_tell('exception_opened');

CREATE TRIGGER _900_judge_facts
  AFTER INSERT ON ops.exceptions REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_judge_facts();

CREATE TRIGGER _910_judge_changed
  AFTER UPDATE ON ops.exceptions REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_judge_facts();

ALTER TABLE "ops"."exceptions"
  ENABLE ALWAYS TRIGGER "_910_judge_changed";

CREATE POLICY "exceptions_in_own_projects" ON "ops"."exceptions"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "exceptions_insert_release_manager" ON "ops"."exceptions"
  FOR INSERT
  TO "release_manager"
  WITH CHECK ((approver_id = ( SELECT ops_private.current_actor() AS current_actor)));

CREATE POLICY "exceptions_select_audit_reader" ON "ops"."exceptions"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "exceptions_select_release_manager" ON "ops"."exceptions"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "exceptions_update_release_manager" ON "ops"."exceptions"
  FOR UPDATE
  TO "release_manager"
  USING (true)
  WITH CHECK (true);

GRANT SELECT ON TABLE "ops"."exceptions" TO "audit_reader";

GRANT UPDATE ("post_review_status") ON TABLE "ops"."exceptions" TO "release_manager";

GRANT UPDATE ("revoked_at") ON TABLE "ops"."exceptions" TO "release_manager";

GRANT INSERT, SELECT ON TABLE "ops"."exceptions" TO "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."exceptions" TO "service_role";

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "exception_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "exceptions_are_linked_with_their_release" UNIQUE (release_id, exception_id);

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "exceptions_pkey" PRIMARY KEY (exception_id);

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "reason" ops.statement NOT NULL;

ALTER TABLE "ops"."exceptions"
  ADD COLUMN "risk_statement" ops.statement NOT NULL;

ALTER TABLE "ops"."exceptions"
  ADD CONSTRAINT "sizes_are_bounded" CHECK (((octet_length(approver_id) <= 255) AND (cardinality(impacted_gates) <= 4) AND ops_private.is_storable(compensating_controls)));

COMMENT ON COLUMN "ops"."exceptions"."alone" IS 'Whether its approver could open it only because policy lets the only release manager of the project do so (alone): they initiated the release, or had dismissed something of it. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."approver_id" IS 'The name by which records know the release manager who is accountable. The initiator of the release only where policy lets them (alone).';

COMMENT ON COLUMN "ops"."exceptions"."assurance" IS 'How sure it is that the approver opened it: what the token of the request said. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."compensating_controls" IS 'What is done instead, as an object or an array; at most 256 KiB.';

COMMENT ON COLUMN "ops"."exceptions"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."effective_from" IS 'First moment at which it counts. Never before it was recorded, and at most 7 days (168 hours) after. Omit it to start now.';

COMMENT ON COLUMN "ops"."exceptions"."exception_type" IS 'What it covers on its gates.';

COMMENT ON COLUMN "ops"."exceptions"."expires_at" IS 'First moment at which it no longer counts; at most 30 days (720 hours) after effective_from.';

COMMENT ON COLUMN "ops"."exceptions"."impacted_gates" IS 'The gates that it covers, at least one.';

COMMENT ON COLUMN "ops"."exceptions"."post_review_status" IS 'Whether somebody reviewed the exception after it ended. It is set once, never by somebody who approved it.';

COMMENT ON COLUMN "ops"."exceptions"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."release_id" IS 'The release that it is for.';

COMMENT ON COLUMN "ops"."exceptions"."reviewed_at" IS 'When the review was recorded. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."reviewed_by" IS 'Who reviewed it: the name by which records know the person. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."revoked_at" IS 'When it was revoked. The server sets it once and ignores the value that the caller sent.';

COMMENT ON COLUMN "ops"."exceptions"."revoked_by" IS 'Who revoked it: the name by which records know the person. Set by the server.';

COMMENT ON COLUMN "ops"."exceptions"."unmet" IS 'Why opening it does not count as an approval of its approver: what the policy of its gates asks and that token does not meet (own_token or aal2). Null when it meets all. Set by the server.';

COMMENT ON TABLE "ops"."exceptions" IS 'One row per exception: who allowed what, why, at which risk, from when until when. Only one review and one revocation are added. An exception is active from effective_from until before expires_at, unless it was revoked.';

COMMENT ON COLUMN "ops"."exceptions"."exception_id" IS 'Primary key. Whoever inserts a row may choose it, so that an insert that is sent again meets its own first one.';

COMMENT ON COLUMN "ops"."exceptions"."reason" IS 'Why the release must go on; at most 8 KiB.';

COMMENT ON COLUMN "ops"."exceptions"."risk_statement" IS 'What can go wrong because of it; at most 8 KiB.';
