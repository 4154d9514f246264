-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exceptions_part (
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
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.exception_id), '[]') from (
      select x.exception_id, x.exception_type, x.impacted_gates, x.reason, x.risk_statement, x.approver_id,
        x.effective_from, x.expires_at, s.approvals, s.needed as approvals_needed, s.objection,
        s.missing, x.assurance, x.unmet, x.alone,
        ops_private.is_active(x, as_of) and s.approved as authorises,
        ops_private.exception_state(x, as_of, ops_private.is_active(x, as_of)) as state,
        case when x.revoked_at <= as_of then x.revoked_at end as revoked_at,
        case when x.revoked_at <= as_of then x.revoked_by end as revoked_by,
        case when x.reviewed_at <= as_of then x.post_review_status else 'pending' end as post_review_status,
        case when x.reviewed_at <= as_of then x.reviewed_at end as reviewed_at,
        case when x.reviewed_at <= as_of then x.reviewed_by end as reviewed_by,
        x.created_at, x.created_by, x.created_role
      from ops.exceptions x
      cross join lateral ops_private.exception_approvals(x, exceptions_part.as_of) as s
      where x.release_id = release.release_id and x.created_at <= as_of
      order by x.created_at desc, x.exception_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."exceptions_part"(ops.releases, timestamp with time zone) IS 'The exceptions of a release that were recorded until a moment, as they stood then. state: active, revoked, upcoming or expired. authorises: it had an effect.';

REVOKE ALL ON FUNCTION "ops_private"."exceptions_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
