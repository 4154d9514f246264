-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."asked_release" AS (
  "release" ops.releases,
  "gates"   ops.release_gates[],
  "person"  text,
  "roles"   text[],
  "as_of"   timestamp WITH time zone
);

COMMENT ON TYPE "ops_private"."asked_release" IS 'A release about which a person asks what waits for them. gates: as they are now. person: null for service_role. roles: those that the person holds in its project.';
