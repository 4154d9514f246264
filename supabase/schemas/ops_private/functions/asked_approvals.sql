-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.asked_approvals (
  project text,
  change  ops.policy_changes
)
  RETURNS SETOF ops_private.asked_approval
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    g.code, p.persona, e.min_count, e.enforcement = 'blocking', e.kind = 'approval',
    e.kind = 'approval' and e.not_initiator, e.kind = 'approval' and e.one_gate, e.approvers,
    array(
      select n.name from unnest(ops_private.active_people(asked_approvals.project, p.persona)) as n (name)
      where e.approvers is null or n.name = any (e.approvers)
    )
  from unnest(enum_range(null::ops.ops_gate_code)) as g (code)
  cross join lateral jsonb_populate_recordset(
    null::ops_private.policy_entry, ops_private.requirements_after(asked_approvals.project, g.code, change)) as e
  cross join lateral (select case e.kind when 'approval' then e.subject else 'release_manager' end as persona) as p
  where e.kind in ('approval', 'exception_approvals')
  order by g.code, e.kind, p.persona;
end
$function$;

COMMENT ON FUNCTION "ops_private"."asked_approvals"(text, ops.policy_changes) IS 'The requirements of approvals of a project, after a change if one is given, and who could meet each.';

REVOKE ALL ON FUNCTION "ops_private"."asked_approvals"(text, ops.policy_changes) FROM PUBLIC;
