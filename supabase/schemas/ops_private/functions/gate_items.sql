-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_items (
  asked ops_private.inbox_release[],
  codes ops.ops_gate_code[]
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    i.kind, w.role, (a.release).project, (a.release).release_id, (a.release).release_name::text,
    (a.release).environment_target, g.gate_id, g.gate_code, null::uuid, i.what, i.remedy,
    ops_private.waits_since(a.gates, g.gate_code)
  from unnest(asked) as a
  cross join lateral unnest(ops_private.gates_in_turn(a.release, a.gates, a.as_of)) as g
  cross join lateral (select ops_private.missing_at(a, g) as missing offset 0) as m
  cross join lateral (
    select r.role, array_agg(s.f order by (s.f).state desc, s.p) as findings,
      bool_or((s.f).kind = 'approval' or (s.f).kind = 'evidence' and r.role = 'release_manager') as signs_or_not
    from (select m.missing[p] as f, p from generate_subscripts(m.missing, 1) as p) as s
    cross join lateral unnest(ops_private.roles_for(
      a.roles, a.person in ((a.release).initiating_actor, (a.release).created_by), s.f)) as r (role)
    group by r.role
  ) as w
  cross join lateral (
    select case when w.signs_or_not then ops_private.may_sign(a, g, w.role) end as signs offset 0
  ) as t
  cross join lateral (
    select
      case when bool_or(k.kind = 'failed') then 'failed' else min(k.kind) end as kind,
      string_agg(format('%s (%s)', f.requirement, f.detail), '; ' order by f.place) as what,
      string_agg(case k.kind when 'sign_off' then format(
        'sign off %s (%s)', g.gate_code, ops_private.sign_off_command(g.release_id, g.gate_code, w.findings))
        else ops_private.remedy_for(w.role, f.who, f.remedy) end, '; ' order by f.place) as remedy
    from unnest(w.findings) with ordinality as f (
      gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place)
    cross join lateral (
      select ops_private.kind_at_gate(a, g, w.role, w.findings[f.place], t.signs) as kind offset 0
    ) as k
    where k.kind is not null
  ) as i
  where i.kind is not null
    -- What was reported by hand waits for a developer at any gate.
    and (g.gate_code = any (codes) or g.status = 'failed' and 'developer' = any (a.roles));
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_items"(ops_private.inbox_release[], ops.ops_gate_code[]) IS 'What waits at the gates of releases whose turn it is: one item per gate and role, with all that the person can do; a sign-off brings its evidence along. codes: the gates that can need one of the roles.';

REVOKE ALL ON FUNCTION "ops_private"."gate_items"(ops_private.inbox_release[], ops.ops_gate_code[]) FROM PUBLIC;
