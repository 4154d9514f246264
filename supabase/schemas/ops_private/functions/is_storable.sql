-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_storable (
  document jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- As text, 1e130000 has 130 KB and 0e-16383 has 16 KB: with a few thousand of them the row is too large to read.
  -- `#> '{}'` decompresses the document first: the size of a compressed value is too small.
  if pg_column_size(document #> '{}') > 262144 then
    return false;
  elsif not jsonb_path_exists(document, 'strict $.** ? (@.type() == "number")') then
    return true;
  end if;
  return not exists (
    select from jsonb_path_query(document, 'strict $.** ? (@.type() == "number")') as n(value)
    where abs(n.value::numeric) > 9007199254740991 or scale(n.value::numeric) > 320
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_storable"(jsonb) IS 'Whether a document may be stored: it has at most 256 KiB, and no number outside the range that a double holds exactly. Table constraints use it.';
