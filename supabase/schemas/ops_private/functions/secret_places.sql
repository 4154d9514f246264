-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.secret_places (
  document jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    with recursive part (path, value) as (
      select '[]'::jsonb, document
      union all
      select p.path || e.name, e.value
      from part p
      cross join lateral (
        select to_jsonb(f.key), f.value
        from jsonb_each(case jsonb_typeof(p.value) when 'object' then p.value else '{}' end) as f
        union all
        select to_jsonb(a.ordinality - 1), a.value
        from jsonb_array_elements(case jsonb_typeof(p.value) when 'array' then p.value else '[]' end)
          with ordinality as a
      ) as e (name, value)
      where not ops_private.has_secret(coalesce(p.path ->> -1, ''))
    )
    select coalesce(jsonb_agg(distinct f.path), '[]')
    from (
      select case when ops_private.has_secret(p.path ->> -1) then p.path - -1 else p.path end as path
      from part p
      where ops_private.has_secret(p.path ->> -1)
        or jsonb_typeof(p.value) = 'string' and ops_private.has_secret(p.value #>> '{}')
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."secret_places"(jsonb) IS 'The paths of all texts of a document that have a secret, as an array. For the name of a field that has one: the path of the object around it.';

REVOKE ALL ON FUNCTION "ops_private"."secret_places"(jsonb) FROM PUBLIC;
