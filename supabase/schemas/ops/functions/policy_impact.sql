-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.policy_impact (
  gate_code    text,
  requirements jsonb,
  project      text    DEFAULT NULL::text,
  last         integer DEFAULT 100
)
  RETURNS ops.policy_impact
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate ops.ops_gate_code;
  v_project text;
  v_asker text;
  v_entries ops_private.policy_entry[];
  v_impact ops.policy_impact;
begin
  perform ops_private.require_role('service_role', 'release_manager', 'audit_reader');
  v_gate := ops_private.policy_gate(policy_impact.gate_code);
  if (policy_impact.last between 1 and 10000) is not true then
    raise exception using errcode = '22023', message = 'last is not between 1 and 10000',
      hint = 'say how many of the newest releases to judge; 1000 take some seconds';
  end if;
  if policy_impact.project is not null then
    v_project := ops_private.project_named(policy_impact.project);
  end if;
  perform ops_private.refuse_strangers(requirements, v_project);
  -- An impact may take all the time that a call has. Many at once would take it from everybody else.
  v_asker := ops_private.current_actor();
  if not pg_try_advisory_xact_lock(hashtextextended('impact ' || v_asker, 0)) then
    raise exception using errcode = '55P03', message = 'another impact that you asked for is not finished',
      hint = 'wait for its answer, then ask again; a smaller last answers sooner';
  end if;
  -- A project without rows of its own uses the default rows.
  v_entries := array(
    select e from ops_private.policy_entries(requirements, v_project) as e
    union all
    select ops_private.entry_of(q) from ops.gate_requirements q
    where v_project is not null and requirements = '[]' and q.project is null and q.gate_code = v_gate
      and q.valid_to is null
  );
  perform ops_private.require_fitting(v_gate, v_project, v_entries);
  select
    count(*), min(r.created_at),
    coalesce(array_agg(c order by r.created_at desc) filter (where c.release_id is not null), '{}')
  into v_impact.releases, v_impact.since, v_impact.changed
  from ops_private.judged_anew(v_project, v_gate, policy_impact.last) as r
  cross join lateral ops_private.changed_outcome_of(r, v_gate, v_entries) as c;
  return v_impact;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."policy_impact"(text, jsonb, text, integer) TO "audit_reader", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."policy_impact"(text, jsonb, text, integer) IS 'What these rows for a gate would have changed: judges the newest releases (last, 1 to 10000) by their own policy and by that with these rows, both at the moment of their newest fact, and returns those that would have come out otherwise. Without a project: the releases of all projects that the caller sees and that have no rows of their own for the gate. An empty array judges by the default rows where a project is named. It only reads, and no event waits for it. 42501: approvers are named without a project by somebody who sees some projects alone. OPS04: the project is not registered. OPS06: somebody named in approvers is no active person, or none of them holds the role. OPS10: a proposal of these rows would be refused. 55P03: another impact that the caller asked for is not finished. 22023: last.';

REVOKE ALL ON FUNCTION "ops"."policy_impact"(text, jsonb, text, integer) FROM PUBLIC;
