-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."replaced_subjects" (
  "replacement_id" bigint                   GENERATED ALWAYS AS IDENTITY NOT NULL,
  "member_id"      uuid                     NOT NULL,
  "old_subject"    text                     NOT NULL,
  "new_subject"    text                     NOT NULL,
  "created_at"     timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"     text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role"   text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "replaced_subjects_member_id_fkey" FOREIGN KEY (member_id) REFERENCES ops.members(member_id) ON DELETE RESTRICT,
  CONSTRAINT "replaced_subjects_pkey" PRIMARY KEY (replacement_id),
  CONSTRAINT "subjects_differ" CHECK ((lower((old_subject COLLATE "C")) <> lower((new_subject COLLATE "C")))),
  CONSTRAINT "subjects_are_printable_ascii" CHECK ((ops_private.is_member_name(old_subject) AND ops_private.is_member_name(new_subject)))
);

ALTER TABLE "ops"."replaced_subjects"
  ENABLE ROW LEVEL SECURITY;

CREATE INDEX replaced_subjects_member_id_idx ON ops.replaced_subjects USING btree (member_id, replacement_id);

CREATE UNIQUE INDEX replaced_subjects_old_subject_folded_idx ON ops.replaced_subjects USING btree (lower((old_subject COLLATE "C")));

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.replaced_subjects
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."replaced_subjects"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.replaced_subjects
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.replaced_subjects
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _300_replace_subject
  BEFORE INSERT ON ops.replaced_subjects
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_replace_subject();

CREATE TRIGGER _900_replace_subject
  AFTER INSERT ON ops.replaced_subjects
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_replace_subject();

CREATE POLICY "replaced_subjects_in_own_projects" ON "ops"."replaced_subjects"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING
    ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (( SELECT ops_private.is_member() AS is_member) AND (member_id = ANY (( SELECT
    ops_private.my_colleagues_alone() AS my_colleagues_alone)::uuid[]))))));

CREATE POLICY "replaced_subjects_select_audit_reader" ON "ops"."replaced_subjects"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "replaced_subjects_select_release_manager" ON "ops"."replaced_subjects"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."replaced_subjects" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."replaced_subjects"
  ADD COLUMN "on_behalf_of" ops.name NOT NULL;

ALTER TABLE "ops"."replaced_subjects"
  ADD COLUMN "reason" ops.statement NOT NULL;

COMMENT ON COLUMN "ops"."replaced_subjects"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."replaced_subjects"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."replaced_subjects"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."replaced_subjects"."member_id" IS 'Whose subject it was.';

COMMENT ON COLUMN "ops"."replaced_subjects"."new_subject" IS 'The `sub` of their tokens from then on, until it is replaced itself.';

COMMENT ON COLUMN "ops"."replaced_subjects"."old_subject" IS 'The `sub` of their tokens until created_at. It is unique without regard to case: a subject is replaced once.';

COMMENT ON COLUMN "ops"."replaced_subjects"."replacement_id" IS 'Primary key. Later rows have greater ones.';

COMMENT ON TABLE "ops"."replaced_subjects" IS 'Append-only. One row per subject that was replaced: who held it until when, and which one they got. A subject that was replaced gives nothing to anybody any more. Only ops.replace_subject writes it.';

COMMENT ON COLUMN "ops"."replaced_subjects"."on_behalf_of" IS 'Who wanted it: by which name records know the member. Free text while there was no release manager.';

COMMENT ON COLUMN "ops"."replaced_subjects"."reason" IS 'Why they wanted it; at most 8 KiB.';
