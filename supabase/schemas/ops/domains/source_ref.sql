-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE DOMAIN "ops"."source_ref" AS text
  COLLATE pg_catalog."C" CONSTRAINT "is_a_name_in_visible_characters"
  CHECK ((((octet_length(VALUE) <= 255) AND (VALUE ~ '^[!-~]([ -~]*[!-~])?$'::text)) OR ops_private.is_readable(VALUE, true))) CONSTRAINT "is_no_short_commit_id"
  CHECK (((VALUE !~ '^[0-9a-fA-F]{7,39}$'::text) OR (VALUE !~ '[a-fA-F]'::text)));

COMMENT ON DOMAIN "ops"."source_ref" IS 'What is released or deployed: a full commit id (40 or 64 hex digits, kept in lower case) or a name, for example of a tag. Not 7 to 39 hex digits with a letter among them: a short id would match nothing.';
