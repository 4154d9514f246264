-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."role_member_changes" (
  "change_id"    bigint                   GENERATED ALWAYS AS IDENTITY NOT NULL,
  "subject"      text                     NOT NULL,
  "role"         text                     NOT NULL,
  "handle"       text,
  "active"       boolean                  NOT NULL,
  "reason"       text                     NOT NULL,
  "created_at"   timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"   text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role" text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "role_member_changes_pkey" PRIMARY KEY (change_id),
  CONSTRAINT "role_member_changes_subject_fkey" FOREIGN KEY (subject) REFERENCES ops.role_members(subject) ON DELETE RESTRICT
);

ALTER TABLE "ops"."role_member_changes"
  ENABLE ROW LEVEL SECURITY;

CREATE INDEX role_member_changes_handle_folded_idx ON ops.role_member_changes USING btree (lower(handle));

CREATE INDEX role_member_changes_subject_idx ON ops.role_member_changes USING btree (subject);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.role_member_changes
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."role_member_changes"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.role_member_changes
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE POLICY "role_member_changes_members_only" ON "ops"."role_member_changes"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING (( SELECT ops_private.is_member() AS is_member));

CREATE POLICY "role_member_changes_select_audit_reader" ON "ops"."role_member_changes"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "role_member_changes_select_release_manager" ON "ops"."role_member_changes"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."role_member_changes" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."role_member_changes"
  ADD COLUMN "on_behalf_of" ops.name NOT NULL;

COMMENT ON COLUMN "ops"."role_member_changes"."active" IS 'Whether the membership was active after the change.';

COMMENT ON COLUMN "ops"."role_member_changes"."change_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."role_member_changes"."created_at" IS 'When the row was recorded: wall clock after the lock of the release was taken. Set by the server.';

COMMENT ON COLUMN "ops"."role_member_changes"."created_by" IS 'Subject of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."role_member_changes"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."role_member_changes"."handle" IS 'Their handle after the change.';

COMMENT ON COLUMN "ops"."role_member_changes"."reason" IS 'Why they wanted it.';

COMMENT ON COLUMN "ops"."role_member_changes"."role" IS 'Their role after the change.';

COMMENT ON COLUMN "ops"."role_member_changes"."subject" IS 'The member whose membership changed.';

COMMENT ON TABLE "ops"."role_member_changes" IS 'Append-only. One row for every grant, change and revocation of a membership. Only a trigger writes it.';

COMMENT ON COLUMN "ops"."role_member_changes"."on_behalf_of" IS 'Who wanted the change: the subject of a member. Free text while there was no release manager.';
