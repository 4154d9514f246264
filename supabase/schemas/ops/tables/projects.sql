-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."projects" (
  "project"      text                     NOT NULL,
  "created_at"   timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  "created_by"   text                     NOT NULL DEFAULT CURRENT_USER,
  "created_role" text                     NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT "project_is_printable_ascii" CHECK (((octet_length(project) <= 255) AND (project ~ '^[!-~]([ -~]*[!-~])?$'::text))),
  CONSTRAINT "projects_pkey" PRIMARY KEY (project)
);

ALTER TABLE "ops"."projects"
  ENABLE ROW LEVEL SECURITY;

CREATE UNIQUE INDEX projects_project_folded_idx ON ops.projects USING btree (lower((project COLLATE "C")));

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.projects
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."projects"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.projects
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.projects
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE POLICY "projects_in_own_projects" ON "ops"."projects"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "projects_select_audit_reader" ON "ops"."projects"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "projects_select_release_manager" ON "ops"."projects"
  FOR SELECT
  TO "release_manager"
  USING (true);

GRANT SELECT ON TABLE "ops"."projects" TO "audit_reader", "release_manager", "service_role";

ALTER TABLE "ops"."projects"
  ADD COLUMN "on_behalf_of" ops.name NOT NULL;

ALTER TABLE "ops"."projects"
  ADD COLUMN "description" ops.statement;

ALTER TABLE "ops"."projects"
  ADD COLUMN "reason" ops.statement NOT NULL;

COMMENT ON COLUMN "ops"."projects"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."projects"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."projects"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."projects"."project" IS 'Primary key: the repository or product, for example insightpulseai/odoo. Printable ASCII, unique without regard to case. This is the spelling that releases and policies get.';

COMMENT ON TABLE "ops"."projects" IS 'Append-only. One row per project. Releases and policies may name these alone, in any case. Only ops.register_project writes it.';

COMMENT ON COLUMN "ops"."projects"."on_behalf_of" IS 'Who wanted it registered: the name by which records know a member. Free text while there was no release manager.';

COMMENT ON COLUMN "ops"."projects"."description" IS 'What the project is; at most 8 KiB.';

COMMENT ON COLUMN "ops"."projects"."reason" IS 'Why they wanted it; at most 8 KiB.';
