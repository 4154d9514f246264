-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."memberships" (
  "membership_id" bigint                   GENERATED ALWAYS AS IDENTITY NOT NULL,
  "member_id"     uuid                     NOT NULL,
  "role"          text                     NOT NULL,
  "project"       text,
  "granted"       boolean                  NOT NULL,
  "handle"        text,
  "created_at"    timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"    text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role"  text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "memberships_member_id_fkey" FOREIGN KEY (member_id) REFERENCES ops.members(member_id) ON DELETE RESTRICT,
  CONSTRAINT "memberships_pkey" PRIMARY KEY (membership_id),
  CONSTRAINT "memberships_project_fkey" FOREIGN KEY (project) REFERENCES ops.projects(project) ON DELETE RESTRICT,
  CONSTRAINT "handle_is_printable_ascii" CHECK (ops_private.is_member_name(handle)),
  CONSTRAINT "role_is_one_of_the_six" CHECK (ops_private.is_member_role(role))
);

ALTER TABLE "ops"."memberships"
  ENABLE ROW LEVEL SECURITY;

CREATE INDEX memberships_handle_folded_idx ON ops.memberships USING btree (lower((handle COLLATE "C")))
  WHERE (handle IS NOT NULL);

CREATE INDEX memberships_member_id_role_project_idx ON ops.memberships USING btree (member_id, ROLE, COALESCE(project, ''::text), membership_id);

CREATE INDEX memberships_project_idx ON ops.memberships USING btree (project);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.memberships
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."memberships"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.memberships
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.memberships
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE POLICY "memberships_in_own_projects" ON "ops"."memberships"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING
    ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])) OR
    ((project IS NULL) AND ( SELECT ops_private.is_member() AS is_member)))));

CREATE POLICY "memberships_select_audit_reader" ON "ops"."memberships"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "memberships_select_release_manager" ON "ops"."memberships"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."memberships" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."memberships"
  ADD COLUMN "on_behalf_of" ops.name NOT NULL;

ALTER TABLE "ops"."memberships"
  ADD COLUMN "reason" ops.statement NOT NULL;

COMMENT ON COLUMN "ops"."memberships"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."memberships"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."memberships"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."memberships"."granted" IS 'True for a grant, false for a revocation.';

COMMENT ON COLUMN "ops"."memberships"."handle" IS 'The handle that the member had from then on. Null when they had none.';

COMMENT ON COLUMN "ops"."memberships"."member_id" IS 'Whose membership it is.';

COMMENT ON COLUMN "ops"."memberships"."membership_id" IS 'Primary key. Later rows have greater ones.';

COMMENT ON COLUMN "ops"."memberships"."project" IS 'The project for which it holds. Null: every project, also later ones.';

COMMENT ON COLUMN "ops"."memberships"."role" IS 'One of the six roles.';

COMMENT ON TABLE "ops"."memberships" IS 'Append-only. One row per grant and revocation of a role, in one project or in every project. The newest row of a member, role and project says whether that membership stands. Only ops.grant_membership and ops.revoke_membership write it.';

COMMENT ON COLUMN "ops"."memberships"."on_behalf_of" IS 'Who wanted it: the name by which records know a member. Free text while there was no release manager.';

COMMENT ON COLUMN "ops"."memberships"."reason" IS 'Why they wanted it; at most 8 KiB.';
