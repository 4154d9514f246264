-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.all_warnings (
  projects text[]
)
  RETURNS SETOF ops.policy_warning
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  with open_ones as materialized (
    select c from ops.policy_changes c
    where c.confirmed_at is null and c.on_behalf_of is null and ops_private.lapses_at(c) > clock_timestamp()
      and ops_private.policy_state(c) = 'open'
  ), now as materialized (
    select w.project as name, w from ops_private.warnings_in_force(projects) as w
  )
  select (n.w).* from now as n
  union all
  -- Of a proposal, what it would add.
  select w.*
  from unnest(projects) as p (name)
  join open_ones as o on (o.c).project is null or (o.c).project = p.name
  cross join lateral ops_private.warnings_of(p.name, o.c) as w
  where not exists (
    select from now as n
    where n.name is not distinct from p.name and ((n.w).code, (n.w).message) = (w.code, w.message)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."all_warnings"(text[]) IS 'The warnings of these projects, and those that open proposals would add to them.';

REVOKE ALL ON FUNCTION "ops_private"."all_warnings"(text[]) FROM PUBLIC;
