-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.releases_with_work (
  b     ops_private.asked_inbox,
  among uuid[],
  most  integer
)
  RETURNS SETOF ops_private.asked_release
  LANGUAGE plpgsql
  STABLE
  ROWS 50
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_generic_plan'
  AS $function$
begin
  -- The conditions are those under which ops_private.items_of can find something, by what is stored. They may name too
  -- many, and never too few.
  return query
  select r, ops_private.stored_gates(r.release_id), b.person, null::text[], null::timestamptz
  from unnest(among) with ordinality as n (release_id, place)
  join ops.releases r on r.release_id = n.release_id
  cross join lateral (
    select array(select g.status from ops.release_gates g where g.release_id = r.release_id order by g.gate_code) as gates
    offset 0
  ) as s
  cross join lateral (
    select s.gates[1] in ('passed', 'bypassed') as g1, s.gates[2] in ('passed', 'bypassed') as g2,
      s.gates[3] in ('passed', 'bypassed') as g3, s.gates[4] in ('passed', 'bypassed') as g4
    offset 0
  ) as cleared
  cross join lateral (
    -- The roles of the person in the project of the release: what waits for another of their roles is not theirs here.
    select case when b.alike then b.roles else ops_private.roles_in(b.reach, r.project) end as roles offset 0
  ) as h
  cross join lateral (
    select 'release_manager' = any (h.roles) as manages, 'sre' = any (h.roles) as runs,
      case when b.alike then b.codes else array(
        select split_part(e, ':', 2)::ops.ops_gate_code from unnest(b.codes_of_roles) as e
        where split_part(e, ':', 1) = any (h.roles)) end as codes
    offset 0
  ) as may
  where r.contested or r.judged_until <= b.moment
    or not cleared.g1 and ('G1' = any (may.codes) or s.gates[1] = 'failed' and 'developer' = any (h.roles)
      and b.person in (r.initiating_actor, r.created_by))
    or not cleared.g2 and 'G2' = any (may.codes) and (s.gates[2] = 'failed' or cleared.g1)
    or not cleared.g3 and 'G3' = any (may.codes) and (s.gates[3] = 'failed' or cleared.g1 and cleared.g2)
    or not cleared.g4 and 'G4' = any (may.codes) and (s.gates[4] in ('failed', 'in_progress')
      or cleared.g1 and cleared.g2 and cleared.g3 and (r.cleared_for >= r.environment_target or r.excepted)
      or r.status <> 'draft' and exists (select from ops.deployments d where d.release_id = r.release_id))
    -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
    or (r.objected or r.excepted or s.gates && '{in_progress,failed}') and exists (
      select from ops.approvals d
      where d.release_id = r.release_id and d.decision <> 'approved'
        and (b.person is null or d.approver_id = b.person))
    or may.manages and r.status <> 'draft' and r.initiating_actor is distinct from b.person
      and ((r.objected or r.excepted or s.gates && '{in_progress,failed}')
        and ops_private.may_be_dismissible(r, s.gates, b.moment)
        or exists (
          select from ops.deployments d
          where d.release_id = r.release_id and d.status = 'in_progress'
            and d.created_at < b.moment - ops_private.stalls_after()))
    or r.environment_target = 'production' and r.status <> 'promoted'
      and (may.runs and r.status <> 'draft' and r.cleared_for <> 'production' and s.gates[4] <> 'failed' and exists (
          select from ops.deployments d where d.release_id = r.release_id and d.environment = 'staging')
        or r.asks_beyond and cleared.g1 and cleared.g2 and cleared.g3 and (may.runs or exists (
          select from ops.releases o
          where o.project = r.project and o.source_ref = r.source_ref and (o.stopped or o.contested)
            and o.release_id <> r.release_id)))
  order by n.place limit most;
end
$function$;

COMMENT ON FUNCTION "ops_private"."releases_with_work"(ops_private.asked_inbox, uuid[], integer) IS 'Those of some releases, in their order, of which something may wait for the person, by what is stored. It may name too many.';

REVOKE ALL ON FUNCTION "ops_private"."releases_with_work"(ops_private.asked_inbox, uuid[], integer) FROM PUBLIC;
