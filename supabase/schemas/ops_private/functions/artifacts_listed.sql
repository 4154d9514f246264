-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.artifacts_listed (
  given jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entry jsonb;
begin
  -- Nothing is read as text before its size is known.
  if (jsonb_typeof(given) = 'array') is not true or pg_column_size(given #> '{}') > 262144
    or jsonb_array_length(given) > 100 then
    return null;
  end if;
  for v_entry in select e.value from jsonb_array_elements(given) as e loop
    if (
      jsonb_typeof(v_entry -> 'name') = 'string' and jsonb_typeof(v_entry -> 'sha256') = 'string'
      and ops_private.is_name(v_entry ->> 'name') and v_entry ->> 'sha256' ~* '^[0-9a-f]{64}$'
    ) is not true then
      return null;
    end if;
  end loop;
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('name', a.name, 'sha256', a.sha256) order by a.name collate "C", a.sha256 collate "C"), '[]')
    from (
      select distinct e.value ->> 'name' as name, lower(e.value ->> 'sha256') as sha256
      from jsonb_array_elements(given) as e
    ) as a
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."artifacts_listed"(jsonb) IS 'A list of artifacts in the one form in which it is kept: an array of {name, sha256}, sorted by both, each once, hashes in lower case. Null when it is no array of at most 100 artifacts.';

REVOKE ALL ON FUNCTION "ops_private"."artifacts_listed"(jsonb) FROM PUBLIC;
