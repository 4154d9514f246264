-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE DOMAIN "ops"."name" AS text
  COLLATE pg_catalog."C" CONSTRAINT "is_a_name_in_visible_characters"
  CHECK ((((octet_length(VALUE) <= 255) AND (VALUE ~ '^[!-~]([ -~]*[!-~])?$'::text)) OR ops_private.is_readable(VALUE, true)));

COMMENT ON DOMAIN "ops"."name" IS 'A name: of a release, check, target, deployment or commit, or of what a requirement asks for. It has 1 to 255 bytes in the normal form NFC, no control, format or other invisible character (Unicode 14.0), and no blank at its ends. Names are compared byte by byte.';
