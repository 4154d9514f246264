-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissed_decisions (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select a.approval_id
    from ops.dismissals d
    join ops.approvals a on a.release_id = d.release_id
    where d.release_id = dismissed_decisions.release_id and d.kind = 'objection'
      and d.gate_id is not distinct from a.gate_id and d.exception_id is not distinct from a.exception_id
      and d.author = a.approver_id and d.author_role = a.persona_role::text
      and a.created_at <= d.created_at and d.created_at <= dismissed_decisions.as_of
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissed_decisions"(uuid, timestamp with time zone) IS 'The decisions on a release that were dismissed until a moment: all that the author of a dismissed objection decided in that role on the same gate, exception or release until then.';

REVOKE ALL ON FUNCTION "ops_private"."dismissed_decisions"(uuid, timestamp WITH time zone) FROM PUBLIC;
