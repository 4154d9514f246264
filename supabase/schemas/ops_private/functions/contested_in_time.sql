-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_in_time (
  release ops.releases,
  before  timestamp with time zone,
  most    integer
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entry ops.timeline_entry;
begin
  for v_entry.at, v_entry.kind, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role,
    v_entry.status, v_entry.gate_code, v_entry.environment, v_entry.target, v_entry.idempotency_key,
    v_entry.event_type, v_entry.error_code in
    select
      e.at, e.kind::ops.ops_timeline_kind, c.contested_id, e.observed_at, e.actor, e.actor_role, c.status, g.gate_code,
      c.environment, c.target::text, e.idempotency_key, c.event_type, e.error_code
    from ops.contested_reports c
    left join ops.release_gates g on g.gate_id = c.gate_id
    left join lateral (
      select n.created_at, n.created_by, n.created_role, n.idempotency_key from ops.contested_report_ends n
      where n.release_id = c.release_id and n.contested_id = c.contested_id order by n.created_at limit 1
    ) as n on true
    cross join lateral (
      values
      (c.created_at, 'contested_report', coalesce(c.approver_id, c.created_by),
        coalesce(c.persona_role::text, c.created_role), c.error_code, c.observed_at, c.idempotency_key),
      (n.created_at, 'contested_report_ended', n.created_by, n.created_role, null, null, n.idempotency_key)
    ) as e (at, kind, actor, actor_role, error_code, observed_at, idempotency_key)
    where release.contested and c.release_id = release.release_id and e.at < before
    order by e.at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest contested reports of a release, and their ends, before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."contested_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
