-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.are_approvers (
  names text[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(array_ndims(names) = 1 and cardinality(names) <= 50 and (
    select
      bool_and(octet_length(coalesce(n.name, '')) between 1 and 255)
        and count(distinct lower(n.name collate "C")) = count(*)
    from unnest(names) as n(name)
  ), false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."are_approvers"(text[]) IS 'Whether a list can be that of the approvers of a requirement: 1 to 50 subjects, none twice. A table constraint uses it.';
