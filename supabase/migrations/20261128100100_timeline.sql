-- The chain of one release in time, page by page, with every change of a verdict.

create function ops_private.facts_in_time(release ops.releases, before timestamptz, most integer)
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select f.* from (
    select * from ops_private.opening_in_time(release, before)
    union all
    select * from ops_private.checks_in_time(release, before, most)
    union all
    select * from ops_private.decisions_in_time(release, before, most)
    union all
    select * from ops_private.evidence_in_time(release, before, most)
    union all
    select * from ops_private.exceptions_in_time(release, before, most)
    union all
    select * from ops_private.deployments_in_time(release, before, most)
    union all
    select * from ops_private.retirements_in_time(release, before, most)
    union all
    select * from ops_private.contested_in_time(release, before, most)
    union all
    select * from ops_private.dismissals_in_time(release, before, most)
    union all
    select * from ops_private.incidents_in_time(release, before, most)
    union all
    select * from ops_private.lapses_in_time(release, before, most)
  ) as f
  order by f.at desc fetch first most rows with ties;
end
$$;
comment on function ops_private.facts_in_time(ops.releases, timestamptz, integer) is
  'The newest of all that happened to a release before a moment, whatever its kind. Together their moments are all at which ops.gate_status_at may change its answer: each fact that a verdict reads is among them, and each moment of ops_private.turning_points.';
revoke execute on function ops_private.facts_in_time(ops.releases, timestamptz, integer) from public;

create function ops_private.verdicts_in_time(release ops.releases, moments timestamptz[])
returns setof ops.timeline_entry
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_moment timestamptz;
  v_before ops.ops_gate_status[];
  v_judged ops_private.judgement;
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'verdict';
  if moments[1] > release.created_at then
    v_before := (ops_private.judge(release, 'G1', moments[1] - interval '1 microsecond')).statuses;
  end if;
  foreach v_moment in array moments loop
    v_judged := ops_private.judge(release, 'G1', v_moment);
    for v_entry.at, v_entry.fact, v_entry.status, v_entry.gate_code, v_entry.exception_id, v_entry.gate_name,
      v_entry.status_before, v_entry.first_missing in
      select
        v_moment, (v.gate).gate_id, (v.gate).status::text, (v.gate).gate_code, (v.gate).exception_id,
        (v.gate).gate_name, v_before[v.ordinality], (v.gate).first_missing
      from unnest(v_judged.verdicts) with ordinality as v
      where (v.gate).status <> v_before[v.ordinality]
    loop
      return next v_entry;
    end loop;
    v_before := v_judged.statuses;
  end loop;
end
$$;
comment on function ops_private.verdicts_in_time(ops.releases, timestamptz[]) is
  'The verdicts of a release that changed at some moments, which are given in order and without a gap: no other moment between the first and the last could change one. Each moment is judged once.';
revoke execute on function ops_private.verdicts_in_time(ops.releases, timestamptz[]) from public;

create function ops_private.may_know(entry ops.timeline_entry, own_release boolean) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case entry.kind
    when 'check' then own_release and ops_private.reads('ops.gate_checks')
    when 'decision' then ops_private.reads('ops.approvals')
    when 'evidence' then ops_private.reads('ops.evidence_artifacts')
    when 'deployment' then ops_private.reads('ops.deployments')
    when 'target_retired' then ops_private.reads('ops.retired_targets')
    when 'dismissal' then ops_private.reads('ops.dismissals')
    when 'lapsed' then ops_private.reads(
      case entry.requirement_kind when 'evidence' then 'ops.evidence_artifacts' else 'ops.approvals' end)
    when 'incident' then ops_private.reads('ops.incidents')
    when 'incident_resolved' then ops_private.reads('ops.incidents')
    when 'contested_report' then ops_private.reads('ops.contested_reports')
    when 'contested_report_ended' then ops_private.reads('ops.contested_reports')
    else entry.kind in ('opened', 'closed', 'verdict') or ops_private.reads('ops.exceptions')
  end;
end
$$;
comment on function ops_private.may_know(ops.timeline_entry, boolean) is
  'Whether an entry of a timeline is for the role that the caller acts in: as a part of ops.release_overview is. own_release: whether the checks of the release are for the caller; a developer gets those of their own releases.';
revoke execute on function ops_private.may_know(ops.timeline_entry, boolean) from public;

create function ops_private.facts_on_a_page(release_id uuid, most integer) returns integer
-- Each moment is judged, and a judgement looks at each deployment: at 10,000 looks a page takes a second or two.
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return least(most, greatest(10, 10000 / greatest((
    select count(*) from ops.deployments d where d.release_id = facts_on_a_page.release_id), 1)));
end
$$;
comment on function ops_private.facts_on_a_page(uuid, integer) is
  'How many facts a page of a timeline is made of: at most as many as asked for; fewer, and at least 10, for a release with more than 50 deployments.';
revoke execute on function ops_private.facts_on_a_page(uuid, integer) from public;

create function ops_private.timeline_of(release ops.releases, before timestamptz, most integer) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_own constant boolean := current_setting('role') <> 'developer'
    or ops_private.current_actor() in (release.initiating_actor, release.created_by);
  v_facts constant ops.timeline_entry[] := array(
    select f from ops_private.facts_in_time(release, before, most) as f);
  v_moments constant timestamptz[] := array(select distinct f.at from unnest(v_facts) as f order by f.at);
begin
  return jsonb_build_object(
    'release_id', release.release_id,
    -- The opening is the first moment of all.
    'before', case when v_moments[1] > release.created_at then v_moments[1] end,
    'entries', coalesce((
      select jsonb_agg(jsonb_strip_nulls(to_jsonb(e)) order by e.at desc, e.kind desc, e.gate_code desc, e.fact)
      from (
        select f.* from unnest(v_facts) as f where ops_private.may_know(f, v_own)
        union all
        select v.* from ops_private.verdicts_in_time(release, v_moments) as v
      ) as e
    ), '[]'));
end
$$;
comment on function ops_private.timeline_of(ops.releases, timestamptz, integer) is
  'A page of the timeline of a release, as ops.timeline answers it.';
revoke execute on function ops_private.timeline_of(ops.releases, timestamptz, integer) from public;

create function ops.timeline(release_id uuid, before timestamptz default null, "limit" integer default 50)
returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_release ops.releases;
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  v_release := ops_private.release_named(timeline.release_id);
  -- Clients send "limit" by this name, although it is a reserved word: @plpgsql_check_options: other_warnings = false
  if (timeline."limit" between 1 and 200) is not true then
    raise exception using errcode = '22023', message = 'a page of a timeline has 1 to 200 facts',
      hint = 'ask for the next page with before: the `before` of the answer';
  end if;
  return ops_private.timeline_of(v_release, least(
    timeline.before, ops_private.present(v_release) + interval '1 microsecond'),
    ops_private.facts_on_a_page(v_release.release_id, timeline."limit"));
end
$$;
comment on function ops.timeline(uuid, timestamptz, integer) is
  'What happened to one release until now: {release_id, before, entries}. entries: rows of ops.timeline_entry, the newest first, each without its columns that are null. Every moment at which ops.gate_status_at may change its answer has an entry, also one that only time made; a role that may not read a fact gets no entry of it (as ops.release_overview), but each change of a verdict. A page is made of the newest facts, as many as limit (1 to 200; fewer of a release with more than 50 deployments) and all others of the oldest one''s moment, and of the verdicts that they changed. before: ask with it for the page before, which may be without entries for the role; null when the page reaches the opening. OPS04: no release that they may see. 22023: another limit.';
revoke execute on function ops.timeline(uuid, timestamptz, integer) from public;
grant execute on function ops.timeline(uuid, timestamptz, integer) to
service_role, release_manager, qa_tester, sre, developer, audit_reader;
