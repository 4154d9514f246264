-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."inbox_scope" AS (
  "person"         text,
  "reach"          ops_private.reach[],
  "projects"       text[],
  "roles"          text[],
  "codes"          ops.ops_gate_code[],
  "codes_of_roles" text[],
  "alike"          boolean,
  "names_people"   boolean,
  "moment"         timestamp WITH time zone
);

COMMENT ON TYPE "ops_private"."inbox_scope" IS 'Whose inbox it is. projects: where the person holds a role; null for all. roles: those that they hold anywhere. codes: the gates that can need one of these roles. codes_of_roles: the same as role:code. alike: whether the person holds the same roles in all these projects. names_people: whether any policy names people who must approve. moment: the present.';
