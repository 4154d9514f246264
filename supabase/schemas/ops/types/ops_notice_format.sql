-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_notice_format" AS ENUM (
  'webhook',
  'slack',
  'teams',
  'cdevents'
);

COMMENT ON TYPE "ops"."ops_notice_format" IS 'How a notice is written for its target: webhook, signed as Standard Webhooks says; a message for slack or teams; cdevents, a CloudEvent of a CDEvents type where one fits.';
