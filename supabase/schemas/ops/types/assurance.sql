-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."assurance" AS (
  "own_token"        boolean,
  "aal"              text,
  "second_factor_at" timestamp WITH time zone,
  "sso_at"           timestamp WITH time zone
);

COMMENT ON TYPE "ops"."assurance" IS 'How sure it is who decided, by the verified token of the request.';
