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
  select w.* from unnest(projects) as p (name) cross join lateral ops_private.warnings_of(p.name) as w;
  -- Of a proposal, what it would add.
  return query
  select w.*
  from unnest(projects) as p (name)
  join ops.policy_changes c on c.project is null or c.project = p.name
  cross join lateral ops_private.warnings_of(p.name, c) as w
  where ops_private.policy_state(c) = 'open' and not exists (
    select from ops_private.warnings_of(p.name) as now
    where (now.code, now.message) = (w.code, w.message)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."all_warnings"(text[]) IS 'The warnings of these projects, and those that open proposals would add to them.';

REVOKE ALL ON FUNCTION "ops_private"."all_warnings"(text[]) FROM PUBLIC;
