-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.facts_on_gate (
  release_id uuid,
  gate_id    uuid,
  OUT        checks_passed bigint,
  OUT        checks_failed bigint,
  OUT        checks_warning bigint,
  OUT        checks_skipped bigint,
  OUT        approvals bigint
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_project text;
  v_dismissed boolean;
begin
  select r.project, r.dismissed into v_project, v_dismissed
  from ops.releases r where r.release_id = facts_on_gate.release_id;
  if not (ops_private.reads('ops.gate_checks') and ops_private.reads('ops.approvals')
    and ops_private.sees(v_project)) then
    perform ops_private.require_reader('ops.gate_checks', 'ops.approvals');
    return;
  end if;
  select
    count(*) filter (where c.status = 'pass'), count(*) filter (where c.status = 'fail'),
    count(*) filter (where c.status = 'warning'), count(*) filter (where c.status = 'skipped')
  into checks_passed, checks_failed, checks_warning, checks_skipped
  from ops_private.latest_checks(release_id, gate_id, 'infinity', v_dismissed) as c;
  select count(*) into approvals
  from ops_private.standing_decisions(release_id, gate_id, 'infinity', dismissed => v_dismissed) as d
  where d.decision = 'approved';
end
$function$;

COMMENT ON FUNCTION "ops_private"."facts_on_gate"(uuid, uuid) IS 'How many checks of each status and how many approvals stand on a gate now. For the gate summary view. Nulls for a release that the caller does not see. Raises 42501 when they may not read checks and approvals.';
