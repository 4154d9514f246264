-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops_private"."acting_roles" (
  "session_id" text                     NOT NULL,
  "member_id"  uuid                     NOT NULL,
  "role"       text                     NOT NULL,
  "chosen_at"  timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "acting_roles_member_id_fkey" FOREIGN KEY (member_id) REFERENCES ops.members(member_id) ON DELETE CASCADE,
  CONSTRAINT "acting_roles_pkey" PRIMARY KEY (member_id, session_id),
  CONSTRAINT "session_is_short" CHECK (((octet_length(session_id) >= 1) AND (octet_length(session_id) <= 255))),
  CONSTRAINT "role_is_one_of_the_six" CHECK (ops_private.is_member_role(role))
);

CREATE INDEX acting_roles_member_id_idx ON ops_private.acting_roles USING btree (member_id, chosen_at DESC);

COMMENT ON COLUMN "ops_private"."acting_roles"."chosen_at" IS 'When they chose it last.';

COMMENT ON COLUMN "ops_private"."acting_roles"."member_id" IS 'Who chose.';

COMMENT ON COLUMN "ops_private"."acting_roles"."role" IS 'What they chose. It counts only while they hold it.';

COMMENT ON COLUMN "ops_private"."acting_roles"."session_id" IS 'The session_id of the token.';

COMMENT ON TABLE "ops_private"."acting_roles" IS 'The role that a member chose for a session of theirs with ops.act_as. At most 100 sessions of a member are kept, the newest.';
