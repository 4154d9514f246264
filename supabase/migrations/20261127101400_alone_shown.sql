-- What somebody did alone is shown, and what they may do alone is offered to them.

create or replace function ops_private.releases_with_work(b ops_private.inbox_scope, among uuid[], most integer)
returns setof ops_private.inbox_release
language plpgsql stable set search_path = pg_catalog, pg_temp rows 50
as $$
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
$$;

create or replace function ops_private.exceptions_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.exception_id), '[]') from (
      select x.exception_id, x.exception_type, x.impacted_gates, x.reason, x.risk_statement, x.approver_id,
        x.effective_from, x.expires_at, s.approvals, s.needed as approvals_needed, s.objection,
        s.missing, x.assurance, x.unmet, x.alone,
        ops_private.is_active(x, as_of) and s.approved as authorises,
        ops_private.exception_state(x, as_of, ops_private.is_active(x, as_of)) as state,
        case when x.revoked_at <= as_of then x.revoked_at end as revoked_at,
        case when x.revoked_at <= as_of then x.revoked_by end as revoked_by,
        case when x.reviewed_at <= as_of then x.post_review_status else 'pending' end as post_review_status,
        case when x.reviewed_at <= as_of then x.reviewed_at end as reviewed_at,
        case when x.reviewed_at <= as_of then x.reviewed_by end as reviewed_by,
        x.created_at, x.created_by, x.created_role
      from ops.exceptions x
      cross join lateral ops_private.exception_approvals(x, exceptions_part.as_of) as s
      where x.release_id = release.release_id and x.created_at <= as_of
      order by x.created_at desc, x.exception_id limit 201
    ) as f
  );
end
$$;

create or replace function ops_private.dismissals_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.dismissal_id), '[]') from (
      select d.dismissal_id, d.kind, g.gate_code, d.exception_id, d.deployment_id, d.check_id, d.approval_id,
        d.contested_id, d.check_name, d.author, d.author_role, d.reason, d.alone, d.created_at, d.created_by,
        d.created_role
      from ops.dismissals d
      left join ops.release_gates g on g.gate_id = d.gate_id
      where release.dismissed and d.release_id = release.release_id and d.created_at <= as_of
      order by d.created_at desc, d.dismissal_id limit 201
    ) as f
  );
end
$$;

create or replace view ops.v_exception_status
with (security_invoker = true) as
select
  x.exception_id,
  x.release_id,
  r.project,
  r.release_name,
  x.exception_type,
  x.impacted_gates,
  x.reason,
  x.approver_id,
  x.effective_from,
  x.expires_at,
  x.revoked_at,
  x.revoked_by,
  ops_private.exception_state(x, t.moment, t.active) as state,
  case
    when x.revoked_at is null then greatest(x.expires_at - t.moment, interval '0')
    else interval '0'
  end as time_left,
  x.post_review_status,
  x.reviewed_at,
  x.reviewed_by,
  t.active and a.approved as authorises,
  a.approvals,
  a.needed as approvals_needed,
  a.objection,
  a.missing,
  x.post_review_status = 'pending' and not t.active
    and t.moment >= x.effective_from as review_pending,
  x.alone
from ops.exceptions as x
left join ops.releases as r on x.release_id = r.release_id
cross join lateral (select clock_timestamp() as moment) as w
cross join lateral (
  select
    w.moment,
    ops_private.is_active(x, w.moment) as active
) as t
left join lateral (
  -- The aggregate guarantees one row, so the planner may drop the join.
  select
    max((d.said).approvals) as approvals,
    max((d.said).needed) as needed,
    max((d.said).objection) as objection,
    max((d.said).missing) as missing,
    bool_and((d.said).approved) as approved
  from (select ops_private.exception_now(x) as said) as d
) as a on true;
comment on view ops.v_exception_status is
  'Per exception: whether it is active, upcoming, expired or revoked, how long it still lasts, and whether its review is due, or who reviewed it when. authorises: it has an effect now; objection, missing (own tokens, second factors and named people that policy asks for), and approvals below approvals_needed, say why an active one has none. alone: its approver did alone what otherwise takes two. A review is due after the exception ended.';
