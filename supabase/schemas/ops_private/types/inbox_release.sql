-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."inbox_release" AS (
  "release"      ops.releases,
  "gates"        ops.release_gates[],
  "person"       text,
  "roles"        text[],
  "as_of"        timestamp WITH time zone,
  "names_people" boolean,
  "objected"     boolean,
  "dismissible"  boolean,
  "beside"       boolean
);

COMMENT ON TYPE "ops_private"."inbox_release" IS 'A release about which a person asks what waits for them. gates: as they are now. person: null for service_role. roles: those that the person holds in its project. names_people: whether any policy names people who must approve. What else to look for, which may say yes too often, and never no: objected, an objection of the person; dismissible, something to dismiss; beside, something beside the gates.';
