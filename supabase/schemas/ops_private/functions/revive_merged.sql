-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.revive_merged (
  d ops.notice_deliveries
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  update ops.notice_deliveries u set state = 'waiting', due_at = clock_timestamp(), ended_at = null
  where u.delivery_id = (
    select o.delivery_id from ops.notice_deliveries o join ops.notices n on n.notice_id = o.notice_id
    where o.release_id = d.release_id and o.target_name = d.target_name and o.state = 'merged' and o.place < d.place
      and o.kind = d.kind and (o.gate_code, o.environment) is not distinct from (d.gate_code, d.environment)
      and o.begins_at = d.begins_at and ops_private.is_still_true(n)
      and exists (select from ops.notice_deliveries p where p.delivery_id = d.delivery_id and p.state = 'past')
    order by o.place desc limit 1);
end
$function$;

COMMENT ON FUNCTION "ops_private"."revive_merged"(ops.notice_deliveries) IS 'Makes the newest of the deliveries for which one stood that is past wait again, if what it asks for is still asked: of two exceptions that are due for review, the older one when the newer one was reviewed.';

REVOKE ALL ON FUNCTION "ops_private"."revive_merged"(ops.notice_deliveries) FROM PUBLIC;
