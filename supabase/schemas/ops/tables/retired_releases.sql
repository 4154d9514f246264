-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."retired_releases" (
  "release_id"    uuid NOT NULL,
  "retirement_id" uuid NOT NULL,
  CONSTRAINT "retired_releases_pkey" PRIMARY KEY (release_id, retirement_id),
  CONSTRAINT "retired_releases_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT,
  CONSTRAINT "retired_releases_retirement_id_fkey" FOREIGN KEY (retirement_id) REFERENCES ops.retired_targets(retirement_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."retired_releases"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."retired_releases"
  ADD COLUMN "release_status_before" ops.ops_release_status NOT NULL;

ALTER TABLE "ops"."retired_releases"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."retired_releases"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."retired_releases"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."retired_releases"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

CREATE INDEX retired_releases_retirement_id_idx ON ops.retired_releases USING btree (retirement_id);

CREATE TRIGGER _000_refuse_change
  BEFORE DELETE OR UPDATE OR TRUNCATE ON ops.retired_releases
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."retired_releases"
  ENABLE ALWAYS TRIGGER "_000_refuse_change";

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.retired_releases
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE POLICY "retired_releases_in_own_projects" ON "ops"."retired_releases"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "retired_releases_select_audit_reader" ON "ops"."retired_releases"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "retired_releases_select_release_manager" ON "ops"."retired_releases"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "retired_releases_select_sre" ON "ops"."retired_releases"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."retired_releases" TO "audit_reader", "release_manager", "service_role", "sre";

COMMENT ON COLUMN "ops"."retired_releases"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."retired_releases"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."retired_releases"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."retired_releases"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."retired_releases"."release_id" IS 'The release that the target is out for.';

COMMENT ON COLUMN "ops"."retired_releases"."release_status_before" IS 'The status of the release until then.';

COMMENT ON COLUMN "ops"."retired_releases"."retirement_id" IS 'The retirement of the target.';

COMMENT ON TABLE "ops"."retired_releases" IS 'Append-only. One row for each release that was deployed to a target when it was taken out, at most 1,000 for one retirement. For these releases, G4, the staging blocker and the status of the release no longer look at the target. A later deployment of a release there brings the target back for that release. Only ops.retire_target writes it.';
