-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dropped_in (
  drop jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Check the size before anything is read as text.
  if (jsonb_typeof(dropped_in."drop") = 'array') is not true or jsonb_array_length(dropped_in."drop") > 100
    or not ops_private.is_storable(dropped_in."drop") or exists (
      select from jsonb_array_elements(dropped_in."drop") as e
      where jsonb_typeof(e.value) <> 'object' or jsonb_typeof(e.value -> 'kind') is distinct from 'string'
        or coalesce(jsonb_typeof(e.value -> 'subject'), 'null') not in ('string', 'null')
        or e.value - 'kind' - 'subject' <> '{}'
    ) then
    perform ops_private.refuse_drop();
  end if;
  return (
    select coalesce(jsonb_agg(d.item order by d.item), '[]')
    from (select distinct jsonb_strip_nulls(e.value) from jsonb_array_elements(dropped_in."drop") as e) as d (item)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."dropped_in"(jsonb) IS 'The requirements that a proposal says it drops, each as {kind, subject}, once and in order. Raises OPS10 for anything else than a list of at most 100 of these.';

REVOKE ALL ON FUNCTION "ops_private"."dropped_in"(jsonb) FROM PUBLIC;
