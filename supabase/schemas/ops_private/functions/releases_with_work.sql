-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.releases_with_work (
  b         ops_private.asked_inbox,
  looked_at integer,
  most      integer
)
  RETURNS SETOF ops.releases
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_custom_plan'
  AS $function$
declare
  v_some constant boolean := b.projects is not null;
begin
  return query
  select (n.r).* from (
    select a.r from (
      select r from ops.releases r where not v_some and r.closed_at is null
      order by r.created_at desc, r.release_id desc limit looked_at
    ) as a
    union all
    select s.r from (
      select o.r from unnest(b.projects) as p (project)
      cross join lateral (
        select r from ops.releases r where v_some and r.project = p.project and r.closed_at is null
        order by r.created_at desc, r.release_id desc limit looked_at
      ) as o
      order by (o.r).created_at desc, (o.r).release_id desc
    ) as s
  ) as n
  where (n.r).contested or (n.r).objected or (n.r).judged_until <= b.moment
      -- Once a release is cleared for production, G4 alone can wait: for an sre, or for who may dismiss a deployment.
      or ((n.r).cleared_for <> 'production' or b.after_deployment or (n.r).asks_beyond) and exists (
        select from ops.release_gates g
        where g.release_id = (n.r).release_id and g.status not in ('passed', 'bypassed') and (
          g.gate_code = any (b.codes)
          or g.status = 'failed' and (b.dismisses or b.person in ((n.r).initiating_actor, (n.r).created_by))
          or g.gate_code = 'G4' and (b.after_deployment and (n.r).status <> 'draft' or (n.r).asks_beyond)
        ) and (
          g.status in ('failed', 'in_progress')
          or g.gate_code = 'G4' and ((n.r).cleared_for >= (n.r).environment_target or (n.r).excepted)
          or not exists (
            select from ops.release_gates e
            where e.release_id = g.release_id and e.gate_code < g.gate_code and e.status not in ('passed', 'bypassed'))
        ))
  order by (n.r).created_at desc, (n.r).release_id desc limit most;
end
$function$;

COMMENT ON FUNCTION "ops_private"."releases_with_work"(ops_private.asked_inbox, integer, integer) IS 'The newest open releases of the person''s projects of which something may wait for them, by what is stored: a quick look that may name too many. looked_at: how many are looked at in each project, or in all for a member of every project.';

REVOKE ALL ON FUNCTION "ops_private"."releases_with_work"(ops_private.asked_inbox, integer, integer) FROM PUBLIC;
