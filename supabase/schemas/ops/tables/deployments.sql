-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."deployments" (
  "release_id" uuid NOT NULL,
  CONSTRAINT "deployments_release_id_fkey" FOREIGN KEY (release_id) REFERENCES ops.releases(release_id) ON DELETE RESTRICT
);

ALTER TABLE "ops"."deployments"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."deployments"
  SET (fillfactor=70);

ALTER TABLE "ops"."deployments"
  ADD COLUMN "environment" ops.ops_environment NOT NULL;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "deployed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."deployments"
  ADD COLUMN "artifacts" jsonb;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "status" ops.ops_deployment_status NOT NULL;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "status_observed_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."deployments"
  ADD COLUMN "rollback_of" uuid;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "rollback_known" boolean;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "g4_status" ops.ops_health NOT NULL DEFAULT 'pending'::ops.ops_health;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "g4_resolved_at" timestamp WITH time zone;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "was_eligible" boolean;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "blockers_at_deploy" jsonb;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "excepted_by" uuid[];

ALTER TABLE "ops"."deployments"
  ADD COLUMN "project" text;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."deployments"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "imported" boolean NOT NULL DEFAULT false;

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "artifacts_are_a_list" CHECK (((jsonb_typeof(artifacts) = 'array'::text) AND (artifacts <> '[]'::jsonb)));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "blockers_are_bounded" CHECK ((pg_column_size(blockers_at_deploy) <= 262144));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "judged_with_blockers" CHECK ((((was_eligible IS NULL) = (blockers_at_deploy IS NULL)) AND (was_eligible = (blockers_at_deploy = '[]'::jsonb))));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "judged_with_exceptions" CHECK (((was_eligible IS NULL) = (excepted_by IS NULL)));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "known_or_not_exactly_when_it_is_a_rollback" CHECK (((rollback_known IS NULL) = (rollback_of IS NULL)));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "known_rollback_is_not_judged" CHECK (((rollback_known IS NOT TRUE) OR (was_eligible IS NULL)));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "resolved_exactly_when_g4_is_not_pending" CHECK (((g4_status = 'pending'::ops.ops_health) = (g4_resolved_at IS NULL)));

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "times_are_finite_and_not_in_the_future" CHECK ((isfinite(deployed_at) AND (deployed_at <= (created_at + '00:05:00'::interval)) AND isfinite(status_observed_at)));

CREATE INDEX deployments_deployed_at_idx ON ops.deployments USING btree (deployed_at DESC);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.deployments
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _100_prepare_direct_write
  BEFORE INSERT ON ops.deployments
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write('status_observed_at');

CREATE TRIGGER _110_prepare_direct_change
  BEFORE UPDATE ON ops.deployments
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_prepare_direct_write();

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_110_prepare_direct_change";

CREATE TRIGGER _150_refuse_unstorable
  BEFORE INSERT ON ops.deployments
  FOR EACH ROW
  WHEN (((new.blockers_at_deploy IS NOT NULL) AND (NOT ops_private.is_storable(new.blockers_at_deploy))))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('blockers_at_deploy', 'blockers_are_bounded');

CREATE TRIGGER _160_refuse_unstorable
  BEFORE UPDATE OF blockers_at_deploy ON ops.deployments
  FOR EACH ROW
  WHEN ((NOT ops_private.is_storable(new.blockers_at_deploy)))
  EXECUTE FUNCTION ops_private.tg_refuse_unstorable('blockers_at_deploy', 'blockers_are_bounded');

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_160_refuse_unstorable";

CREATE TRIGGER _170_list_artifacts
  BEFORE INSERT ON ops.deployments
  FOR EACH ROW
  WHEN ((new.artifacts IS NOT NULL))
  EXECUTE FUNCTION ops_private.tg_list_artifacts();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.deployments
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance('release');

CREATE TRIGGER _300_know_rollback
  BEFORE INSERT ON ops.deployments
  FOR EACH ROW
  WHEN ((new.rollback_of IS NOT NULL))
  EXECUTE FUNCTION ops_private.tg_know_rollback();

CREATE TRIGGER _310_report_change
  BEFORE UPDATE ON ops.deployments
  FOR EACH ROW
  WHEN ((NOT ops_private.by_definer()))
  EXECUTE FUNCTION ops_private.tg_report_change();

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_310_report_change";

CREATE TRIGGER _400_judge_deployment
  BEFORE INSERT ON ops.deployments
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_judge_deployment();

CREATE TRIGGER _410_judge_changed
  BEFORE UPDATE ON ops.deployments
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_judge_deployment();

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_410_judge_changed";

CREATE TRIGGER _500_report_first
  AFTER INSERT ON ops.deployments
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_report_first();

CREATE TRIGGER _800_tell
  AFTER INSERT ON ops.deployments
  FOR EACH ROW
  WHEN ((new.was_eligible IS FALSE))
  EXECUTE FUNCTION ops_private.tg_tell('ineligible_deployment');

CREATE TRIGGER _810_tell_changed
  AFTER UPDATE ON ops.deployments
  FOR EACH ROW
  WHEN (((new.was_eligible IS FALSE) AND (old.was_eligible IS NOT FALSE)))
  EXECUTE FUNCTION ops_private.tg_tell('ineligible_deployment');

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_810_tell_changed";

CREATE TRIGGER _900_judge_facts AFTER INSERT ON ops.deployments REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN (
  (NOT ops_private.by_definer())
) EXECUTE FUNCTION ops_private.tg_judge_facts();

CREATE TRIGGER _910_judge_changed AFTER UPDATE ON ops.deployments REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN (
  (NOT ops_private.by_definer())
) EXECUTE FUNCTION ops_private.tg_judge_facts();

ALTER TABLE "ops"."deployments"
  ENABLE ALWAYS TRIGGER "_910_judge_changed";

CREATE POLICY "deployments_in_own_projects" ON "ops"."deployments"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

CREATE POLICY "deployments_select_audit_reader" ON "ops"."deployments"
  FOR SELECT
  TO "audit_reader"
  USING (true);

CREATE POLICY "deployments_select_release_manager" ON "ops"."deployments"
  FOR SELECT
  TO "release_manager"
  USING (true);

CREATE POLICY "deployments_select_sre" ON "ops"."deployments"
  FOR SELECT
  TO "sre"
  USING (true);

GRANT SELECT ON TABLE "ops"."deployments" TO "audit_reader", "release_manager";

GRANT INSERT, SELECT, UPDATE ON TABLE "ops"."deployments" TO "service_role";

GRANT UPDATE ("status") ON TABLE "ops"."deployments" TO "sre";

GRANT INSERT, SELECT ON TABLE "ops"."deployments" TO "sre";

ALTER TABLE "ops"."deployments"
  ADD COLUMN "deployment_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "deployments_are_linked_with_their_release" UNIQUE (release_id, deployment_id);

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "deployments_pkey" PRIMARY KEY (deployment_id);

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "rollback_is_of_another_deployment" CHECK ((rollback_of <> deployment_id));

ALTER TABLE "ops"."deployments"
  ADD COLUMN "deployed_by" text COLLATE pg_catalog."C" NOT NULL DEFAULT ops_private.current_actor();

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "deployer_is_named_and_short" CHECK (((btrim(deployed_by) <> ''::text) AND (octet_length(deployed_by) <= 255)));

CREATE POLICY "deployments_insert_sre" ON "ops"."deployments"
  FOR INSERT
  TO "sre"
  WITH CHECK ((deployed_by = ( SELECT ops_private.current_actor() AS current_actor)));

CREATE POLICY "deployments_update_sre" ON "ops"."deployments"
  FOR UPDATE
  TO "sre"
  USING ((deployed_by = ( SELECT ops_private.current_actor() AS current_actor)))
  WITH CHECK ((deployed_by = ( SELECT ops_private.current_actor() AS current_actor)));

ALTER TABLE "ops"."deployments"
  ADD COLUMN "target" ops.name NOT NULL DEFAULT 'default'::text;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "deployment_ref" ops.name NOT NULL;

ALTER TABLE "ops"."deployments"
  ADD COLUMN "source_ref" ops.source_ref NOT NULL;

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "one_deployment_per_release_target_and_ref" UNIQUE (release_id, environment, target, deployment_ref);

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "rollbacks_are_linked_within_their_target" UNIQUE (release_id, environment, target, deployment_id);

ALTER TABLE "ops"."deployments"
  ADD CONSTRAINT "rollback_is_of_the_same_release_and_target" FOREIGN KEY (release_id, environment, target, rollback_of)
    REFERENCES ops.deployments(release_id, environment, target, deployment_id) ON DELETE RESTRICT;

CREATE INDEX deployments_project_environment_target_deployed_at_idx ON ops.deployments USING btree (project, environment, target, deployed_at DESC, deployment_ref DESC)
  WHERE (NOT imported);

CREATE INDEX deployments_release_id_environment_target_rollback_of_idx ON ops.deployments USING btree (release_id, environment, target, rollback_of)
  WHERE (rollback_of IS NOT NULL);

CREATE INDEX deployments_source_ref_environment_target_idx ON ops.deployments USING btree (source_ref, environment, target);

COMMENT ON COLUMN "ops"."deployments"."artifacts" IS 'The artifacts that were deployed, as its first report names them: array of {name, sha256}, sorted. Null when none were named.';

COMMENT ON COLUMN "ops"."deployments"."blockers_at_deploy" IS 'Why it was not eligible, the first time that it was not: array of findings (ops.gate_finding), empty when eligible. Null when it was never judged. Set by triggers.';

COMMENT ON COLUMN "ops"."deployments"."created_at" IS 'When the row was recorded: the wall clock, of what belongs to a release after its lock was taken. Set by the server.';

COMMENT ON COLUMN "ops"."deployments"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."deployments"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."deployments"."deployed_at" IS 'When it was deployed, according to its first report by time of observation: the time that the report names, but not later than its observation.';

COMMENT ON COLUMN "ops"."deployments"."environment" IS 'The environment to which it was deployed.';

COMMENT ON COLUMN "ops"."deployments"."excepted_by" IS 'The exceptions without which it would have had more blockers, each time that it was judged; empty when it needed none. Null when it was never judged. Set by triggers.';

COMMENT ON COLUMN "ops"."deployments"."g4_resolved_at" IS 'When g4_status got its present value. Null while pending. Set by triggers.';

COMMENT ON COLUMN "ops"."deployments"."g4_status" IS 'Health of this deployment: failed when it failed itself, is of another commit than its release, or one of its latest checks failed; passed when it succeeded, was not undone, and its latest trusted checks all pass; otherwise pending. A rollback that is left out (ops_private.deployments_at) is pending, or failed alone. Set by triggers.';

COMMENT ON COLUMN "ops"."deployments"."imported" IS 'Whether it is of a release of the past: then it was judged for no eligibility (was_eligible is null), is never live, and no rollback of another release goes back to it. Set by triggers.';

COMMENT ON COLUMN "ops"."deployments"."project" IS 'The project of the release. Set by the server.';

COMMENT ON COLUMN "ops"."deployments"."release_id" IS 'The release that was deployed.';

COMMENT ON COLUMN "ops"."deployments"."rollback_known" IS 'For a rollback: whether it goes back to something. When it was recorded, another deployment of its source_ref, of any release of the project, had succeeded while eligible in that environment and target, with the same artifacts if it named any. false: every rule takes the rollback as an ordinary deployment. true: it is not judged for eligibility, and whether it counts as a deployment of another commit is asked each time (ops_private.deployments_at). Null for other deployments. Set by triggers.';

COMMENT ON COLUMN "ops"."deployments"."rollback_of" IS 'The deployment of the same release, environment and target that this rollback undoes. Null for other deployments.';

COMMENT ON COLUMN "ops"."deployments"."status" IS 'in_progress, then succeeded or failed, then rolled_back. It never moves back.';

COMMENT ON COLUMN "ops"."deployments"."status_observed_at" IS 'When that status was observed.';

COMMENT ON COLUMN "ops"."deployments"."was_eligible" IS 'Whether the release was eligible for the environment each time that the deployment was judged: when it was first recorded, unless as failed, and when it was reported succeeded. Null when it was never judged, as a rollback that goes back to something. Set by triggers.';

COMMENT ON TABLE "ops"."deployments" IS 'One row per deployment of a release to an environment, rollbacks included. Its status only moves forward. Whether the release was eligible is decided when the deployment is first recorded and when it is reported succeeded.';

COMMENT ON COLUMN "ops"."deployments"."deployment_id" IS 'Primary key. Set by the server; only service_role and the owner may choose one.';

COMMENT ON COLUMN "ops"."deployments"."deployed_by" IS 'Who deployed it, according to the same report.';

COMMENT ON COLUMN "ops"."deployments"."target" IS 'The part of the environment to which it was deployed: a region, a cluster, a tenant. default when there is only one.';

COMMENT ON COLUMN "ops"."deployments"."deployment_ref" IS 'The deployer''s own id of the deployment. Unique per release, environment and target.';

COMMENT ON COLUMN "ops"."deployments"."source_ref" IS 'What was deployed. If it is not the source_ref of the release, the deployment is not eligible and never healthy.';
