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
  -- Written out, 1e130000 is 130 KB and 0e-16383 is 16 KB: a few thousand of them make a row that nobody can read any
  -- more. The document is extracted, since a stored value may be compressed and then looks smaller than it is.
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

COMMENT ON FUNCTION "ops_private"."is_storable"(jsonb) IS 'Whether a document may be kept: at most 256 KiB, and no number outside what a double holds exactly. For the checks of tables.';
