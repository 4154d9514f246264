-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.holds_secret (
  document jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Escapes become blanks, because what stands before a key decides whether it is one. A text may be JSON itself.
  return ops_private.has_secret(regexp_replace(document::text, '\\(u[0-9a-f]{4}|.)', ' ', 'g'))
    or document::text ~ '\\\\'
    and ops_private.has_secret(regexp_replace(document::text, '\\+(u[0-9a-fA-F]{4}|[bfnrt"/])?', ' ', 'g'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."holds_secret"(jsonb) IS 'Whether a document of bounded size has a text with a secret, at any depth, names of fields included. It takes time in proportion to the document.';

REVOKE ALL ON FUNCTION "ops_private"."holds_secret"(jsonb) FROM PUBLIC;
