-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_items (
  a     ops_private.asked_release,
  codes ops.ops_gate_code[]
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
  v_findings ops.gate_finding[];
begin
  foreach g in array a.gates loop
    continue when ops_private.is_cleared(g.status) or g.gate_code <> all (codes) and g.status <> 'failed'
      or not ops_private.is_in_turn(a, g);
    v_findings := array(
      select f from unnest((ops_private.judge(a.release, g.gate_code, a.as_of, to_gate => g.gate_code)).verdicts) as v
      cross join lateral unnest(v.findings) as f
      where (v.gate).gate_id = g.gate_id and f.enforcement = 'blocking' and f.state <> 'satisfied'
        and f.kind is distinct from 'prior_gate' and f.kind is distinct from 'contested_report'
    );
    return query
    select (ops_private.item_of(
      a, case when bool_or(k.kind = 'failed') then 'failed' else min(k.kind) end, k.role, g, null,
      string_agg(format('%s (%s)', k.requirement, k.detail), '; ' order by k.state desc, k.place),
      string_agg(case k.kind when 'sign_off' then format(
          'sign off %s (ops-gates emit gate_signoff %s --gate %s)', g.gate_code, g.release_id, g.gate_code)
        else k.remedy end, '; '
        order by k.state desc, k.place),
      ops_private.waits_since(a.gates, g.gate_code))).*
    from (
      select r.role, f.requirement, f.detail, ops_private.remedy_for(v_findings[f.place], r.role) as remedy, f.state,
        f.place, ops_private.kind_for(
        a, g, row(f.gate_id, f.gate_code, f.requirement, f.kind, f.subject, f.enforcement, f.state, f.detail, f.remedy,
          f.who)::ops.gate_finding, r.role) as kind
      from unnest(v_findings) with ordinality as f (
        gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place)
      cross join lateral unnest(ops_private.roles_for(a, v_findings[f.place])) as r (role)
    ) as k
    where k.kind is not null
    -- A sign-off brings its evidence along: they are one item.
    group by k.role;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_items"(ops_private.asked_release, ops.ops_gate_code[]) IS 'What waits at the gates of a release whose turn it is: one item per gate and role, with all that the person can do. codes: the gates that can need one of the roles.';

REVOKE ALL ON FUNCTION "ops_private"."gate_items"(ops_private.asked_release, ops.ops_gate_code[]) FROM PUBLIC;
