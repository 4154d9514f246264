-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.review_items (
  b          ops_private.inbox_scope,
  exceptions ops.exceptions[]
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    'exception_review'::ops.ops_inbox_kind, 'release_manager', r.project, r.release_id, r.release_name::text,
    r.environment_target, null::uuid, null::ops.ops_gate_code, x.exception_id,
    format('exception ended: %s', left(x.reason, 200)),
    format('review it (ops-gates exception review %s complete)', x.exception_id), least(x.expires_at, x.revoked_at)
  from unnest(exceptions) as x
  join ops.releases r on r.release_id = x.release_id
  where x.effective_from <= b.moment and least(x.expires_at, x.revoked_at) <= b.moment
    and (b.person is null or x.approver_id <> b.person and not exists (
      select from ops.approvals d where d.release_id = x.release_id and d.exception_id = x.exception_id
    ) or not ops_private.ever_approved(x, b.person));
end
$function$;

COMMENT ON FUNCTION "ops_private"."review_items"(ops_private.inbox_scope, ops.exceptions[]) IS 'Those of some exceptions that ended and were not reviewed. Not for who ever approved them (ops_private.ever_approved).';

REVOKE ALL ON FUNCTION "ops_private"."review_items"(ops_private.inbox_scope, ops.exceptions[]) FROM PUBLIC;
