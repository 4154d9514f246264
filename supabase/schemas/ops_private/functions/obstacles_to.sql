-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.obstacles_to (
  release ops.releases,
  target  ops.ops_environment,
  as_of   timestamp with time zone
)
  RETURNS SETOF ops_private.obstacle
  LANGUAGE plpgsql
  STABLE
  ROWS 4
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_needed constant ops.ops_gate_code[] := ops_private.gates_before(target);
begin
  if release.closed_at <= obstacles_to.as_of then
    return next row(ops_private.find_closed(release), null::uuid);
  elsif v_needed <> '{}' then
    return query
    select o.* from ops_private.obstacles_in(
      (ops_private.judge(release, 'G1', as_of, to_gate => v_needed[cardinality(v_needed)])).verdicts,
      release, target, obstacles_to.as_of) as o;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."obstacles_to"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'What would keep a release out of an environment at a moment, by the facts known then, and the exceptions that cover it. Of a closed release only that it is closed.';

REVOKE ALL ON FUNCTION "ops_private"."obstacles_to"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
