-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_items (
  b    ops_private.inbox_scope,
  most integer
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_projects constant text[] := ops_private.projects_as('release_manager', b.reach);
  v_exceptions ops.exceptions[];
begin
  v_exceptions := array(
    select e from (
      select p.* from ops.exceptions p
      where p.post_review_status = 'pending' and (v_projects is null or p.project = any (v_projects))
      order by p.effective_from desc limit most
    ) as e
    -- While a gate is bypassed by it, it needs no decision.
    where not exists (
      select from ops.release_gates g
      join ops.releases r on r.release_id = g.release_id
      where g.release_id = e.release_id and g.exception_id = e.exception_id and r.judged_until > b.moment)
    order by e.effective_from desc);
  return query select i.* from ops_private.review_items(b, v_exceptions) as i;
  return query select i.* from ops_private.decision_items(b, v_exceptions) as i;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_items"(ops_private.inbox_scope, integer) IS 'The exceptions that wait for a release manager: those that need another approval, and those that ended and were not reviewed. most: how many are looked at, the newest.';

REVOKE ALL ON FUNCTION "ops_private"."exception_items"(ops_private.inbox_scope, integer) FROM PUBLIC;
