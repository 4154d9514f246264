-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissals_part (
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
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.dismissal_id), '[]') from (
      select d.dismissal_id, d.kind, g.gate_code, d.exception_id, d.deployment_id, d.check_id, d.approval_id,
        d.contested_id, d.check_name, d.author, d.author_role, d.reason, d.alone, d.created_at, d.created_by,
        d.created_role
      from ops.dismissals d
      left join ops.release_gates g on g.gate_id = d.gate_id
      where release.dismissed and d.release_id = release.release_id and d.created_at <= as_of
      order by d.created_at desc, d.dismissal_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissals_part"(ops.releases, timestamp with time zone) IS 'What was dismissed of a release until a moment.';

REVOKE ALL ON FUNCTION "ops_private"."dismissals_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
