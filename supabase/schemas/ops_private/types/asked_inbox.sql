-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."asked_inbox" AS (
  "person"         text,
  "reach"          ops_private.reach[],
  "projects"       text[],
  "roles"          text[],
  "codes"          ops.ops_gate_code[],
  "codes_of_roles" text[],
  "alike"          boolean,
  "moment"         timestamp WITH time zone
);

COMMENT ON TYPE "ops_private"."asked_inbox" IS 'Whose inbox it is. projects: where the person holds a role; null for all. roles: those that they hold anywhere. codes: the gates that can need one of these roles. codes_of_roles: the same as role:code. alike: whether the person holds the same roles in all these projects. moment: the present.';
