-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.warnings_in_force (
  projects text[]
)
  RETURNS SETOF ops.policy_warning
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  -- Many projects have the same rows and as many people in the same roles. What is found for one of these holds for all
  -- of them. Somebody is told apart from others only where a requirement names them, or who is there everywhere.
  with own_rows as (
    select q.project, array_agg(e.entry order by e.entry) as entries
    from ops.gate_requirements q
    cross join lateral (select q.gate_code::text || ops_private.entry_of(q)::text as entry) as e
    where q.project is not null and q.valid_to is null group by q.project
  ), known (name) as materialized (
    select n.name from ops.gate_requirements q cross join lateral unnest(q.approvers) as n (name) where q.valid_to is null
    union
    select s.recorded_as from ops.v_memberships s where s.project is null and s.kind = 'person'
  ), own_people as (
    select h.project, array_agg(h.part order by h.part) as parts
    from (
      select
        s.project,
        concat_ws(' ', string_agg(distinct s.role, ' ' order by s.role), (
          select k.name from known as k where k.name = s.recorded_as)) as part
      from ops.v_memberships s where s.project is not null and s.kind = 'person' group by s.project, s.recorded_as
    ) as h
    group by h.project
  ), alike as materialized (
    select array_agg(p.name) as projects
    from unnest(warnings_in_force.projects) as p (name)
    left join own_rows as r on r.project = p.name
    left join own_people as m on m.project = p.name
    group by r.entries, m.parts
  ), found as materialized (
    select a.projects, f as warning from alike as a cross join lateral ops_private.find_warnings(a.projects[1]) as f
  )
  select w.* from found as f
  cross join lateral unnest(f.projects) as p (name) cross join lateral ops_private.told_of(f.warning, p.name) as w
  order by w.project collate "C" nulls first, w.gate_code, w.code;
end
$function$;

COMMENT ON FUNCTION "ops_private"."warnings_in_force"(text[]) IS 'The warnings of these projects (null among them: all others) about the policy that is in force.';

REVOKE ALL ON FUNCTION "ops_private"."warnings_in_force"(text[]) FROM PUBLIC;
