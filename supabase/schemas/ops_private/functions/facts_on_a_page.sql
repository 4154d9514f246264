-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.facts_on_a_page (
  release_id uuid,
  most       integer
)
  RETURNS integer
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return least(most, greatest(10, 10000 / greatest((
    select count(*) from ops.deployments d where d.release_id = facts_on_a_page.release_id), 1)));
end
$function$;

COMMENT ON FUNCTION "ops_private"."facts_on_a_page"(uuid, integer) IS 'How many facts a page of a timeline is made of: at most as many as asked for; fewer, and at least 10, for a release with more than 50 deployments.';

REVOKE ALL ON FUNCTION "ops_private"."facts_on_a_page"(uuid, integer) FROM PUBLIC;
