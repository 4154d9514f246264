-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."releases" (
  "project" text NOT NULL,
  CONSTRAINT "releases_project_fkey" FOREIGN KEY (project) REFERENCES ops.projects(project) ON DELETE RESTRICT
);

ALTER TABLE "ops"."releases"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."releases"
  SET (fillfactor=70);

ALTER TABLE "ops"."releases"
  ADD COLUMN "environment_target" ops.ops_environment NOT NULL;

ALTER TABLE "ops"."releases"
  ADD COLUMN "scope_metadata" jsonb NOT NULL DEFAULT '{}'::jsonb;

ALTER TABLE "ops"."releases"
  ADD COLUMN "initiating_actor" text NOT NULL;

ALTER TABLE "ops"."releases"
  ADD COLUMN "status" ops.ops_release_status NOT NULL DEFAULT 'draft'::ops.ops_release_status;

ALTER TABLE "ops"."releases"
  ADD COLUMN "cleared_for" ops.ops_environment NOT NULL DEFAULT 'dev'::ops.ops_environment;

ALTER TABLE "ops"."releases"
  ADD COLUMN "gate_statuses" ops.ops_gate_status[] NOT NULL DEFAULT '{pending,pending,pending,pending}'::ops.ops_gate_status[];

ALTER TABLE "ops"."releases"
  ADD COLUMN "excepted" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "contested" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "stopped" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "objected" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "retired" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "has_artifacts" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "asks_beyond" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "dismissed" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "recorded_until" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."releases"
  ADD COLUMN "judged_until" timestamp WITH time zone;

ALTER TABLE "ops"."releases"
  ADD COLUMN "lapses_at" timestamp WITH time zone;

ALTER TABLE "ops"."releases"
  ADD COLUMN "closed_at" timestamp WITH time zone;

ALTER TABLE "ops"."releases"
  ADD COLUMN "closed_by" text;

ALTER TABLE "ops"."releases"
  ADD COLUMN "close_reason" ops.ops_close_reason;

ALTER TABLE "ops"."releases"
  ADD COLUMN "name_freed" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."releases"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."releases"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."releases"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."releases"
  ADD COLUMN "imported_at" timestamp WITH time zone;

ALTER TABLE "ops"."releases"
  ADD CONSTRAINT "closed_at_by_and_why" CHECK ((num_nonnulls(closed_at, closed_by, close_reason) = ANY (ARRAY[0, 3])));

ALTER TABLE "ops"."releases"
  ADD CONSTRAINT "imported_is_closed_from_birth" CHECK (
CASE
    WHEN (imported_at IS NULL) THEN ((close_reason)::text IS DISTINCT FROM 'imported'::text)
    ELSE ((imported_at = created_at) AND (closed_at = created_at) AND ((close_reason)::text = 'imported'::text) AND name_freed)
END);

ALTER TABLE "ops"."releases"
  ADD CONSTRAINT "only_a_closed_release_frees_its_name" CHECK (((NOT name_freed) OR (closed_at IS NOT NULL)));

CREATE INDEX releases_created_at_idx ON ops.releases USING btree (created_at DESC);

CREATE INDEX releases_created_by_idx ON ops.releases USING btree (created_by);

CREATE INDEX releases_initiating_actor_idx ON ops.releases USING btree (initiating_actor);

CREATE INDEX releases_judged_until_idx ON ops.releases USING btree (judged_until)
  WHERE ((closed_at IS NULL) AND (judged_until IS NOT NULL));

CREATE INDEX releases_project_created_at_idx ON ops.releases USING btree (project, created_at DESC);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.releases
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."releases"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _050_refuse_imported
  BEFORE INSERT ON ops.releases
  FOR EACH ROW
  WHEN (((new.imported_at IS NOT NULL) AND (NOT ops_private.by_definer())))
  EXECUTE FUNCTION ops_private.tg_refuse_imported();

CREATE TRIGGER _100_prepare_release
  BEFORE INSERT ON ops.releases
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_prepare_release();

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.releases
  FOR EACH ROW
  WHEN (((new.scope_metadata <> '{}'::jsonb) AND (NOT ops_private.is_storable(new.scope_metadata))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('scope_metadata', 'scope_is_a_bounded_object');

CREATE TRIGGER _160_refuse_unstorable
  BEFORE UPDATE OF scope_metadata ON ops.releases
  FOR EACH ROW
  WHEN ((NOT ops_private.is_storable(new.scope_metadata)))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('scope_metadata', 'scope_is_a_bounded_object');

ALTER TABLE "ops"."releases"
  ENABLE ALWAYS TRIGGER "_160_refuse_unstorable";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.releases
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.releases
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _250_close_imported
  BEFORE INSERT ON ops.releases
  FOR EACH ROW
  WHEN ((new.imported_at IS NOT NULL))
  EXECUTE FUNCTION ops_private.tg_close_imported();

CREATE TRIGGER _300_keep_release_truthful
  BEFORE UPDATE ON ops.releases
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_keep_release_truthful();

ALTER TABLE "ops"."releases"
  ENABLE ALWAYS TRIGGER "_300_keep_release_truthful";

CREATE TRIGGER _500_bear_gates
  AFTER INSERT ON ops.releases
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_bear_gates();

CREATE CONSTRAINT TRIGGER _950_judge_past
  AFTER UPDATE OF recorded_until ON ops.releases DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW
  WHEN (((new.imported_at IS NOT NULL) AND (new.recorded_until IS DISTINCT FROM old.recorded_until)))
  EXECUTE FUNCTION ops_private.tg_judge_past();

ALTER TABLE "ops"."releases"
  ENABLE ALWAYS TRIGGER "_950_judge_past";

CREATE POLICY "releases_in_own_projects" ON "ops"."releases"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "releases_select_audit_reader" ON "ops"."releases"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "releases_select_ci_service_role" ON "ops"."releases"
  FOR SELECT
  TO "ci_service_role"
  USING (true);

CREATE POLICY "releases_select_developer" ON "ops"."releases"
  FOR SELECT
  TO "developer"
  USING (true);

CREATE POLICY "releases_select_qa_tester" ON "ops"."releases"
  FOR SELECT
  TO "qa_tester"
  USING (true);

CREATE POLICY "releases_select_release_manager" ON "ops"."releases"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "releases_select_sre" ON "ops"."releases"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."releases" TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."releases" TO "service_role";

GRANT SELECT ON TABLE "ops"."releases" TO "sre";

ALTER TABLE "ops"."releases"
  ADD COLUMN "release_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."releases"
  ADD CONSTRAINT "releases_pkey" PRIMARY KEY (release_id);

ALTER TABLE "ops"."releases"
  ADD COLUMN "release_name" ops.name NOT NULL;

ALTER TABLE "ops"."releases"
  ADD COLUMN "source_ref" ops.source_ref NOT NULL;

ALTER TABLE "ops"."releases"
  ADD CONSTRAINT "scope_is_a_bounded_object"
    CHECK (((jsonb_typeof(scope_metadata) = 'object'::text) AND ((scope_metadata = '{}'::jsonb) OR ops_private.is_storable(scope_metadata))));

CREATE UNIQUE INDEX one_imported_release_per_project_and_name ON ops.releases USING btree (project, release_name) INCLUDE (release_id)
  WHERE (imported_at IS NOT NULL);

CREATE UNIQUE INDEX one_release_per_project_and_name ON ops.releases USING btree (project, release_name)
  WHERE (NOT name_freed);

CREATE INDEX releases_stopped_idx ON ops.releases USING btree (project, source_ref, created_at DESC)
  WHERE (stopped OR contested);

COMMENT ON COLUMN "ops"."releases"."asks_beyond" IS 'Derived. Whether a policy of the project asked more of production than the gates when the release was opened (environment_healthy, objected_elsewhere). Then eligibility for production is asked anew each time, and cleared_for alone is not the answer.';

COMMENT ON COLUMN "ops"."releases"."cleared_for" IS 'Derived. The furthest environment that the facts let the release into, without exceptions: the stored verdicts, the health of staging, and objections to the release as a whole. This is the answer for an open release while no exception has an effect and lapses_at is not reached; for production only when nothing more is asked of it (asks_beyond).';

COMMENT ON COLUMN "ops"."releases"."close_reason" IS 'Why it was closed.';

COMMENT ON COLUMN "ops"."releases"."closed_at" IS 'When it was closed, for good: then it is eligible for nothing. Null while it is open. Only ops.close_release and ops.import_release set it.';

COMMENT ON COLUMN "ops"."releases"."closed_by" IS 'Who closed it: the name by which records know them.';

COMMENT ON COLUMN "ops"."releases"."contested" IS 'Derived. Whether a refused event ever left a contested report for the release.';

COMMENT ON COLUMN "ops"."releases"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."releases"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."releases"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."releases"."dismissed" IS 'Derived. Whether anything of the release was ever dismissed. Only then are dismissals looked up.';

COMMENT ON COLUMN "ops"."releases"."environment_target" IS 'The environment in which a successful deployment promotes the release.';

COMMENT ON COLUMN "ops"."releases"."excepted" IS 'Derived. Whether an exception was ever recorded for the release. If so, its verdicts can change with time alone.';

COMMENT ON COLUMN "ops"."releases"."gate_statuses" IS 'Derived. The statuses of the four gates, G1 first, as ops.release_gates has them. So a list of releases need not read gates to find those of which something waits.';

COMMENT ON COLUMN "ops"."releases"."has_artifacts" IS 'Derived. Whether a build of the release ever named artifacts. If so, approvals are of the artifacts that were on record.';

COMMENT ON COLUMN "ops"."releases"."imported_at" IS 'When it was recorded as a release of the past (ops.import_release): at its birth, or never. Null for all others.';

COMMENT ON COLUMN "ops"."releases"."initiating_actor" IS 'Who started the release: the name by which records know the person. Their own approvals do not count where policy says not_initiator, as it does by default.';

COMMENT ON COLUMN "ops"."releases"."judged_until" IS 'Derived. A moment in the future of the last verdict, until which its answer holds, and not the moment of the verdict: the first at which an exception of the release begins or ends, or an approval or artifact lapses. The stored verdicts are the answer until then. Null when there is no such moment.';

COMMENT ON COLUMN "ops"."releases"."lapses_at" IS 'Derived. The first moment after the last verdict at which an approval or artifact lapses (valid_for of the policy). 9999-12-31 when none does. Null when no policy of the project limited their time when the release was opened.';

COMMENT ON COLUMN "ops"."releases"."name_freed" IS 'Derived. Whether it was closed without any fact, or is of the past (imported_at). Then another release may have its name.';

COMMENT ON COLUMN "ops"."releases"."objected" IS 'Derived. Whether a rejection of the release as a whole, or a request for changes on it, was ever recorded. Only then are such decisions looked up.';

COMMENT ON COLUMN "ops"."releases"."project" IS 'Repository or product, for example insightpulseai/odoo, as it is spelled in ops.projects.';

COMMENT ON COLUMN "ops"."releases"."recorded_until" IS 'Derived. A moment in the past: created_at of the newest fact of the release. Each new fact gets a later one, even if the clock of the server was set back.';

COMMENT ON COLUMN "ops"."releases"."retired" IS 'Derived. Whether a target to which the release was deployed was ever taken out (ops.retired_targets).';

COMMENT ON COLUMN "ops"."releases"."scope_metadata" IS 'Free-form object, for example modules, tickets, links. At most 256 KiB. It never changes.';

COMMENT ON COLUMN "ops"."releases"."status" IS 'Derived. draft until the first fact, then in_progress, then decided by the newest finished deployment to environment_target.';

COMMENT ON COLUMN "ops"."releases"."stopped" IS 'Derived. Whether a rejection, an objection to the release as a whole, or a failed check from a machine was ever recorded for the release. Only such releases, and contested ones, can stop another release of the same commit.';

COMMENT ON TABLE "ops"."releases" IS 'One row per release. An insert also creates its four gates. Its identity columns never change. Its status follows its facts. A column whose comment begins with Derived is the server''s own note and may change in any version: ask the views and functions.';

COMMENT ON COLUMN "ops"."releases"."release_id" IS 'Primary key. Events name the release by it.';

COMMENT ON COLUMN "ops"."releases"."release_name" IS 'Name of the release within the project, for example v2026.02.4.';

COMMENT ON COLUMN "ops"."releases"."source_ref" IS 'What is released: a full commit id, or the name of a tag or branch. Builds of another source_ref are refused. Deployments of another one are recorded as not eligible.';
