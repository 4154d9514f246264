-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."members" (
  "member_id"    uuid                     NOT NULL DEFAULT gen_random_uuid(),
  "subject"      text                     NOT NULL,
  "recorded_as"  text                     NOT NULL DEFAULT CURRENT_USER,
  "handle"       text,
  "kind"         text                     NOT NULL,
  "active"       boolean                  NOT NULL DEFAULT true,
  "created_at"   timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"   text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role" text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "handle_is_another_name" CHECK ((lower((handle COLLATE "C")) <> lower((subject COLLATE "C")))),
  CONSTRAINT "kind_is_person_or_bot" CHECK ((kind = ANY (ARRAY['person'::text, 'bot'::text]))),
  CONSTRAINT "members_pkey" PRIMARY KEY (member_id),
  CONSTRAINT "names_are_printable_ascii" CHECK ((ops_private.is_member_name(subject) AND ops_private.is_member_name(handle)))
);

ALTER TABLE "ops"."members"
  ENABLE ROW LEVEL SECURITY;

CREATE UNIQUE INDEX members_handle_folded_idx ON ops.members USING btree (lower((handle COLLATE "C")));

CREATE UNIQUE INDEX members_recorded_as_folded_idx ON ops.members USING btree (lower((recorded_as COLLATE "C")));

CREATE UNIQUE INDEX members_subject_folded_idx ON ops.members USING btree (lower((subject COLLATE "C")));

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.members
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."members"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _180_refuse_secret
  BEFORE UPDATE ON ops.members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

ALTER TABLE "ops"."members"
  ENABLE ALWAYS TRIGGER "_180_refuse_secret";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_allow_changes
  BEFORE UPDATE ON ops.members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_allow_changes('subject', 'handle', 'active');

ALTER TABLE "ops"."members"
  ENABLE ALWAYS TRIGGER "_300_allow_changes";

CREATE TRIGGER _310_know_member
  BEFORE INSERT ON ops.members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_know_member();

CREATE TRIGGER _320_refuse_other_subject
  BEFORE UPDATE ON ops.members
  FOR EACH ROW
  WHEN ((new.subject IS DISTINCT FROM old.subject))
  EXECUTE FUNCTION ops_private.tg_refuse_other_subject();

ALTER TABLE "ops"."members"
  ENABLE ALWAYS TRIGGER "_320_refuse_other_subject";

CREATE POLICY "members_in_own_projects" ON "ops"."members"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING
    ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (( SELECT ops_private.is_member() AS is_member) AND (member_id = ANY (( SELECT
    ops_private.my_colleagues() AS my_colleagues)::uuid[]))))));

CREATE POLICY "members_select_audit_reader" ON "ops"."members"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "members_select_release_manager" ON "ops"."members"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."members" TO "audit_reader", "release_manager", "service_role";

COMMENT ON COLUMN "ops"."members"."active" IS 'Whether any membership of theirs stands. Nobody can name a member without one, but their past decisions stay.';

COMMENT ON COLUMN "ops"."members"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."members"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."members"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."members"."handle" IS 'A second name of the member, other than their subject, for example the Git login. It is unique without regard to case. A name that was used once stays with its member.';

COMMENT ON COLUMN "ops"."members"."kind" IS 'person or bot. A bot approves nothing. It never changes.';

COMMENT ON COLUMN "ops"."members"."member_id" IS 'Primary key. It never changes.';

COMMENT ON COLUMN "ops"."members"."recorded_as" IS 'By which name records know the member, in approver_id, created_by and everywhere else: their first subject. It never changes, so that one person stays one person when their subject is replaced. Set by the server.';

COMMENT ON COLUMN "ops"."members"."subject" IS 'The `sub` of their tokens (the user id). It is unique without regard to case. Only ops.replace_subject changes it.';

COMMENT ON TABLE "ops"."members" IS 'One row per person or bot: the subject of their tokens, and the handle by which pipelines name them. ops.memberships says what each may do. Only ops.grant_membership, ops.revoke_membership and ops.replace_subject write it.';
