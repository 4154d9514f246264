-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.decisions_in_time (
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
  v_entry.kind := 'decision';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.reason,
    v_entry.gate_code, v_entry.scope, v_entry.decision, v_entry.exception_id in
    select
      a.created_at, a.approval_id, a.observed_at, a.approver_id, a.persona_role::text, a.rationale_text::text,
      g.gate_code, a.scope, a.decision, a.exception_id
    from ops.approvals a
    left join ops.release_gates g on g.gate_id = a.gate_id
    where a.release_id = release.release_id and a.created_at < before
    order by a.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."decisions_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest decisions on a release, its gates and its exceptions before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."decisions_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
