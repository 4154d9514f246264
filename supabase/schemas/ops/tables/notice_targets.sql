-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops"."notice_targets" (
  "project" text NOT NULL,
  CONSTRAINT "notice_targets_project_fkey" FOREIGN KEY (project) REFERENCES ops.projects(project) ON DELETE RESTRICT
);

ALTER TABLE "ops"."notice_targets"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "format" ops.ops_notice_format NOT NULL;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "secret_name" text NOT NULL;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "kinds" ops.ops_notice_kind[] NOT NULL;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "replaced_at" timestamp WITH time zone;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "created_at" timestamp WITH time zone NOT NULL DEFAULT clock_timestamp();

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "created_by" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "created_role" text NOT NULL DEFAULT CURRENT_USER;

ALTER TABLE "ops"."notice_targets"
  ADD CONSTRAINT "kinds_are_named" CHECK ((array_position(kinds, NULL::ops.ops_notice_kind) IS NULL));

ALTER TABLE "ops"."notice_targets"
  ADD CONSTRAINT "secret_is_named_for_notices"
    CHECK (((secret_name ~ '^OPS_NOTICE_[A-Z0-9_]{1,50}$'::text) AND (secret_name <> ALL (ARRAY['OPS_NOTICE_BOARD_URL'::text, 'OPS_NOTICE_PRIVATE_ADDRESSES'::text]))));

CREATE INDEX notice_targets_project_idx ON ops.notice_targets USING btree (project);

CREATE TRIGGER _000_refuse_delete
  BEFORE DELETE OR TRUNCATE ON ops.notice_targets
  FOR EACH STATEMENT
  EXECUTE FUNCTION ops_private.tg_refuse_change();

ALTER TABLE "ops"."notice_targets"
  ENABLE ALWAYS TRIGGER "_000_refuse_delete";

CREATE TRIGGER _170_refuse_secret
  BEFORE INSERT ON ops.notice_targets
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_refuse_secret();

CREATE TRIGGER _200_stamp_provenance
  BEFORE INSERT ON ops.notice_targets
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_stamp_provenance();

CREATE TRIGGER _310_allow_changes
  BEFORE UPDATE ON ops.notice_targets
  FOR EACH ROW
  EXECUTE FUNCTION ops_private.tg_allow_changes('replaced_at');

ALTER TABLE "ops"."notice_targets"
  ENABLE ALWAYS TRIGGER "_310_allow_changes";

CREATE POLICY "notice_targets_in_own_projects" ON "ops"."notice_targets"
  AS RESTRICTIVE
  FOR ALL
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre"
  USING ((ops_private.require_no_estimate() AND (( SELECT ops_private.sees_all() AS sees_all) OR (project = ANY (( SELECT ops_private.my_projects() AS my_projects)::text[])))));

GRANT SELECT ON TABLE "ops"."notice_targets" TO "service_role";

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "target_id" uuid NOT NULL DEFAULT ops_private.new_id();

ALTER TABLE "ops"."notice_targets"
  ADD CONSTRAINT "notice_targets_pkey" PRIMARY KEY (target_id);

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "target_name" ops.name NOT NULL;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "on_behalf_of" ops.name NOT NULL;

ALTER TABLE "ops"."notice_targets"
  ADD COLUMN "reason" ops.statement NOT NULL;

CREATE UNIQUE INDEX notice_targets_in_force_idx ON ops.notice_targets USING btree (project, target_name)
  WHERE (replaced_at IS NULL);

COMMENT ON COLUMN "ops"."notice_targets"."created_at" IS 'When the row was recorded. It is told what became true after that. Set by the server.';

COMMENT ON COLUMN "ops"."notice_targets"."created_by" IS 'Who recorded it: the name by which records know the caller. Set by the server.';

COMMENT ON COLUMN "ops"."notice_targets"."created_role" IS 'Role of the caller who recorded it. Set by the server.';

COMMENT ON COLUMN "ops"."notice_targets"."format" IS 'How notices are written for it.';

COMMENT ON COLUMN "ops"."notice_targets"."kinds" IS 'The notices that it asks for. Empty: none any more.';

COMMENT ON COLUMN "ops"."notice_targets"."project" IS 'The project whose notices go there.';

COMMENT ON COLUMN "ops"."notice_targets"."replaced_at" IS 'When a newer row of this name replaced it. Null while it is in force. Set by the server.';

COMMENT ON COLUMN "ops"."notice_targets"."secret_name" IS 'The name of the secret of the function ops-notify that holds its address and key. Never the secret itself.';

COMMENT ON TABLE "ops"."notice_targets" IS 'Append-only, but for replaced_at, which is set once. Where the notices of a project go. A newer row of the same name replaces the older one. Only ops.set_notice_target writes it, and only service_role reads it.';

COMMENT ON COLUMN "ops"."notice_targets"."target_id" IS 'Primary key.';

COMMENT ON COLUMN "ops"."notice_targets"."target_name" IS 'Its name within the project, by which deliveries name it.';

COMMENT ON COLUMN "ops"."notice_targets"."on_behalf_of" IS 'Who wanted it: the name by which records know a member. Free text while there was no release manager.';

COMMENT ON COLUMN "ops"."notice_targets"."reason" IS 'Why they wanted it; at most 8 KiB.';
