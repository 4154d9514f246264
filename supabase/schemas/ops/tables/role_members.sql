-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."role_members" (
  "subject"      text                     NOT NULL,
  "role"         text                     NOT NULL,
  "handle"       text,
  "active"       boolean                  NOT NULL DEFAULT true,
  "created_at"   timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"   text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role" text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "role_members_pkey" PRIMARY KEY (subject),
  CONSTRAINT "names_are_printable_ascii" CHECK ((ops_private.is_member_name(subject) AND ops_private.is_member_name(handle))),
  CONSTRAINT "role_is_one_of_the_six" CHECK (ops_private.is_member_role(role))
);

ALTER TABLE "ops"."role_members"
  ENABLE ROW LEVEL SECURITY;

CREATE UNIQUE INDEX role_members_handle_folded_idx ON ops.role_members USING btree (lower(handle));

CREATE UNIQUE INDEX role_members_subject_folded_idx ON ops.role_members USING btree (lower(subject));

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.role_members
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."role_members"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.role_members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _180_refuse_secret
  BEFORE UPDATE ON ops.role_members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

ALTER TABLE "ops"."role_members"
  ENABLE ALWAYS TRIGGER "_180_refuse_secret";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.role_members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_allow_changes
  BEFORE UPDATE ON ops.role_members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_allow_changes('role', 'handle', 'active', 'on_behalf_of', 'reason');

ALTER TABLE "ops"."role_members"
  ENABLE ALWAYS TRIGGER "_300_allow_changes";

CREATE TRIGGER _500_record_member_change
  AFTER UPDATE ON ops.role_members
  FOR EACH ROW
  WHEN ((new.* IS DISTINCT FROM old.*))
  EXECUTE FUNCTION ops_private.tg_record_member_change();

ALTER TABLE "ops"."role_members"
  ENABLE ALWAYS TRIGGER "_500_record_member_change";

CREATE TRIGGER _500_record_member
  AFTER INSERT ON ops.role_members
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_record_member_change();

CREATE POLICY "role_members_members_only" ON "ops"."role_members"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING (( SELECT ops_private.is_member() AS is_member));

CREATE POLICY "role_members_select_audit_reader" ON "ops"."role_members"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "role_members_select_release_manager" ON "ops"."role_members"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "role_members_select_supabase_auth_admin" ON "ops"."role_members"
  FOR SELECT
  TO "supabase_auth_admin"
  USING (true);

GRANT SELECT ON TABLE "ops"."role_members" TO "audit_reader", "release_manager", "service_role", "supabase_auth_admin";

ALTER TABLE "ops"."role_members"
  ADD COLUMN "on_behalf_of" ops.name NOT NULL;

ALTER TABLE "ops"."role_members"
  ADD COLUMN "reason" ops.statement NOT NULL;

COMMENT ON COLUMN "ops"."role_members"."active" IS 'False after the membership was revoked. Nobody can name the person any more, but their past decisions stay.';

COMMENT ON COLUMN "ops"."role_members"."created_at" IS 'When the row was recorded: wall clock after the lock of the release was taken. Set by the server.';

COMMENT ON COLUMN "ops"."role_members"."created_by" IS 'Subject of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."role_members"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."role_members"."handle" IS 'Another name of the same person, for example the Git login. It is unique without regard to case.';

COMMENT ON COLUMN "ops"."role_members"."role" IS 'One of the six roles.';

COMMENT ON COLUMN "ops"."role_members"."subject" IS 'Primary key: the `sub` of their tokens (the user id). One person has one role.';

COMMENT ON TABLE "ops"."role_members" IS 'One row per person or bot user: the one role that their tokens carry, and the handle by which pipelines name them. Only ops.grant_membership and ops.revoke_membership write it.';

COMMENT ON COLUMN "ops"."role_members"."on_behalf_of" IS 'Who wanted the last change: the subject of a member. Free text while there was no release manager.';

COMMENT ON COLUMN "ops"."role_members"."reason" IS 'Why they wanted it; at most 8 KiB.';
