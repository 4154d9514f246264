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
begin
  return query
  select
    a.created_at, 'decision'::ops.ops_timeline_kind, g.gate_code, a.scope::text, a.decision::text, null::text,
    a.approver_id, a.persona_role::text, a.rationale_text::text, null::ops.ops_environment, null::text, a.observed_at,
    a.approval_id, a.exception_id
  from ops.approvals a
  left join ops.release_gates g on g.gate_id = a.gate_id
  where a.release_id = release.release_id and a.created_at < before
  order by a.created_at desc fetch first most rows with ties;
end
$function$;

COMMENT ON FUNCTION "ops_private"."decisions_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest decisions on a release, its gates and its exceptions before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."decisions_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
