-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_part (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.contested_id), '[]') from (
      select c.contested_id, g.gate_code, c.event_type, c.status, c.check_name, c.environment, c.target,
        c.deployment_ref, c.approver_id, c.persona_role, c.idempotency_key, c.error_code, c.observed_at, e.ended_at,
        c.created_at, c.created_by, c.created_role
      from ops.contested_reports c
      left join ops.release_gates g on g.gate_id = c.gate_id
      left join lateral (
        select min(x.created_at) as ended_at from ops.contested_report_ends x
        where x.release_id = c.release_id and x.contested_id = c.contested_id
          and x.created_at <= contested_part.as_of
      ) as e on true
      where release.contested and c.release_id = release.release_id and c.created_at <= as_of
      order by c.created_at desc, c.contested_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_part"(ops.releases, timestamp with time zone) IS 'The contested reports of a release until a moment, and when each ended.';

REVOKE ALL ON FUNCTION "ops_private"."contested_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
