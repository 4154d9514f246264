-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deliver (
  n      ops.notices,
  target text
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_older ops.notice_deliveries;
begin
  -- The newest stands for those of two minutes that nobody has claimed yet. One that a sender looks at is left to it.
  update ops.notice_deliveries d set state = 'merged', ended_at = clock_timestamp()
  where d.delivery_id = (
    select o.delivery_id from ops.notice_deliveries o
    where o.release_id = n.release_id and o.target_name = deliver.target and o.ended_at is null
      and o.kind = n.kind and (o.gate_code, o.environment) is not distinct from (n.gate_code, n.environment)
      and o.state = 'waiting' and o.attempt = 0 and o.begins_at >= n.created_at - interval '2 minutes'
    order by o.place desc limit 1
    for update skip locked
  )
  returning d.* into v_older;
  insert into ops.notice_deliveries (
    notice_id, target_name, release_id, project, place, kind, gate_code, environment, begins_at, same
  ) values (
    n.notice_id, deliver.target, n.release_id, n.project, n.place, n.kind, n.gate_code, n.environment,
    coalesce(v_older.begins_at, n.created_at), 1 + coalesce(v_older.same, 0)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."deliver"(ops.notices, text) IS 'Writes the delivery of a notice to a target. It takes the place of the one of the same release, kind, gate and environment that began within two minutes and that nobody has claimed.';

REVOKE ALL ON FUNCTION "ops_private"."deliver"(ops.notices, text) FROM PUBLIC;
