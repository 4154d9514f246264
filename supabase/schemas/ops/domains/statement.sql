-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE DOMAIN "ops"."statement" AS text CONSTRAINT "says_something_that_can_be_seen"
  CHECK (((octet_length(VALUE) <= 8192) AND ((VALUE ~ '[!-~]'::text) OR ops_private.is_readable(VALUE, false))));

COMMENT ON DOMAIN "ops"."statement" IS 'A text in which a person says something, for example why: at most 8 KiB, with at least one visible character.';
