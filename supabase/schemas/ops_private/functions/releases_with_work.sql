-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.releases_with_work (
  b     ops_private.inbox_scope,
  among uuid[],
  most  integer
)
  RETURNS SETOF ops_private.inbox_release
  LANGUAGE plpgsql
  STABLE
  ROWS 50
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_dismissible constant uuid[] := case when 'release_manager' = any (b.roles)
    then ops_private.maybe_dismissible(among, b.moment) else '{}' end;
begin
  -- The conditions are those under which ops_private.gate_items and ops_private.items_beside can find something, by
  -- what is stored of the release alone where that says no. They may name too many, and never too few.
  return query
  select
    r, array(select g from ops.release_gates g where g.release_id = r.release_id order by g.gate_code), b.person,
    h.roles, null::timestamptz, b.names_people, w.objected, w.dismissible, w.beside
  from unnest(among) with ordinality as n (release_id, place)
  join ops.releases r on r.release_id = n.release_id
  cross join lateral (
    -- The roles of the person in the project of the release: what waits for another of their roles is not theirs here.
    select case when b.alike then b.roles else ops_private.roles_in(b.reach, r.project) end as roles offset 0
  ) as h
  cross join lateral (
    select
      r.gate_statuses[1] in ('passed', 'bypassed') as g1, r.gate_statuses[2] in ('passed', 'bypassed') as g2,
      r.gate_statuses[3] in ('passed', 'bypassed') as g3, r.gate_statuses[4] in ('passed', 'bypassed') as g4,
      -- Of these the stored verdicts say too little.
      r.contested or (r.judged_until <= b.moment) is true as unknown,
      'release_manager' = any (h.roles) as manages, 'sre' = any (h.roles) as runs,
      case when b.alike then b.codes else array(
        select split_part(e, ':', 2)::ops.ops_gate_code from unnest(b.codes_of_roles) as e
        where split_part(e, ':', 1) = any (h.roles)) end as codes
    offset 0
  ) as c
  cross join lateral (
    select
      -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
      c.unknown or r.objected or r.excepted or r.gate_statuses && '{in_progress,failed}' as may_be_stopped,
      not c.g1 and 'G1' = any (c.codes)
      -- Who started the release repairs what fails its build, and what they reported by hand at any gate.
      or 'failed' = any (r.gate_statuses) and 'developer' = any (h.roles)
        and b.person in (r.initiating_actor, r.created_by)
      or not c.g2 and 'G2' = any (c.codes) and (r.gate_statuses[2] = 'failed' or c.g1)
      or not c.g3 and 'G3' = any (c.codes) and (r.gate_statuses[3] = 'failed' or c.g1 and c.g2)
      or not c.g4 and 'G4' = any (c.codes) and (r.gate_statuses[4] in ('failed', 'in_progress')
        or c.g1 and c.g2 and c.g3 and (r.cleared_for >= r.environment_target or r.excepted)
        or r.status <> 'draft' and exists (select from ops.deployments d where d.release_id = r.release_id))
      as at_gates
    offset 0
  ) as s
  cross join lateral (
    select
      s.may_be_stopped and r.status <> 'draft' and exists (
        select from ops.approvals d
        where d.release_id = r.release_id and d.decision <> 'approved'
          and (b.person is null or d.approver_id = b.person)) as objected,
      c.manages and r.release_id = any (v_dismissible) as dismissible,
      r.environment_target = 'production' and r.status <> 'promoted'
      and (c.runs and r.status <> 'draft' and r.cleared_for <> 'production'
        and (c.unknown or r.gate_statuses[4] <> 'failed') and exists (
          select from ops.deployments d
          where d.release_id = r.release_id and d.environment = 'staging' and d.g4_status = 'failed')
        or r.asks_beyond and (c.unknown or c.g1 and c.g2 and c.g3) and (c.runs or exists (
          select from ops.releases o
          where o.project = r.project and o.source_ref = r.source_ref and (o.stopped or o.contested)
            and o.release_id <> r.release_id))) as beside
    offset 0
  ) as w
  where (b.projects is null or r.project = any (b.projects))
    and (c.unknown or s.at_gates or w.objected or w.dismissible or w.beside)
  order by n.place limit most;
end
$function$;

COMMENT ON FUNCTION "ops_private"."releases_with_work"(ops_private.inbox_scope, uuid[], integer) IS 'Those of some releases, in their order, of which something may wait for the person, by what is stored. It may name too many. gates: as they are stored.';

REVOKE ALL ON FUNCTION "ops_private"."releases_with_work"(ops_private.inbox_scope, uuid[], integer) FROM PUBLIC;
