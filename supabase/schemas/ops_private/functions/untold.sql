-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.untold()
  RETURNS SETOF ops.notices
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select u.* from (
    select f.* from (
      select e.* from ops_private.exceptions_due() as e
      union all
      select d.* from ops_private.deployments_due() as d
      union all
      select c.* from ops_private.confirmations_due() as c
    ) as f
    where not exists (
      select from ops.notices w
      where w.by_time and (w.release_id, w.kind) = (f.release_id, f.kind)
        and (w.gate_code, w.deployment_id, w.exception_id)
        is not distinct from (f.gate_code, f.deployment_id, f.exception_id))
    offset 0 -- what was said before is left out first: the next question costs more
  ) as u
  where ops_private.asked_by(u) <> '{}' and ops_private.is_true_or_warn(u);
end
$function$;

COMMENT ON FUNCTION "ops_private"."untold"() IS 'What time made true and is true, that a target asks for and that was not said before. What is older than every target is not among it, however much there is.';

REVOKE ALL ON FUNCTION "ops_private"."untold"() FROM PUBLIC;
