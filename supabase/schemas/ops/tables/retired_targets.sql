-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."retired_targets" (
  "project" text NOT NULL,
  CONSTRAINT "retired_targets_project_fkey" FOREIGN KEY (project) REFERENCES ops.projects(project) ON DELETE RESTRICT
);

ALTER TABLE "ops"."retired_targets"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "environment" ops.ops_environment NOT NULL;

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.retired_targets
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."retired_targets"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.retired_targets
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.retired_targets
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE POLICY "retired_targets_in_own_projects" ON "ops"."retired_targets"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "retired_targets_select_audit_reader" ON "ops"."retired_targets"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "retired_targets_select_release_manager" ON "ops"."retired_targets"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "retired_targets_select_sre" ON "ops"."retired_targets"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."retired_targets" TO "audit_reader", "release_manager", "service_role", "sre";

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "retirement_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."retired_targets"
  ADD CONSTRAINT "retired_targets_pkey" PRIMARY KEY (retirement_id);

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "target" ops.name NOT NULL;

ALTER TABLE "ops"."retired_targets"
  ADD COLUMN "reason" ops.statement NOT NULL;

CREATE INDEX retired_targets_project_environment_target_idx ON ops.retired_targets USING btree (project, environment, target);

COMMENT ON COLUMN "ops"."retired_targets"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."retired_targets"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."retired_targets"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."retired_targets"."environment" IS 'The environment of the target.';

COMMENT ON COLUMN "ops"."retired_targets"."project" IS 'The project whose releases are concerned.';

COMMENT ON TABLE "ops"."retired_targets" IS 'Append-only. One row for each time that a target of an environment was taken out. ops.retired_releases names the releases that it is out for. Only ops.retire_target writes it.';

COMMENT ON COLUMN "ops"."retired_targets"."retirement_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."retired_targets"."target" IS 'The target that was taken out.';

COMMENT ON COLUMN "ops"."retired_targets"."reason" IS 'Why; at most 8 KiB.';
