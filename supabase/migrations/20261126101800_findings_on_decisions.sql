-- Standing decisions, and the findings on decisions.

create type ops_private.standing_decision as (
  approver_id text,
  persona_role ops.ops_persona_role,
  decision ops.ops_decision_type,
  approval_id uuid,
  recorded_at timestamptz,
  artifacts_digest text,
  unmet text,
  later_unmet text
);
comment on type ops_private.standing_decision is
  'The decision of one approver in one persona that counts at a moment. later_unmet: what the newest approval that they gave since lacks, where it is not surely theirs, and so changed nothing (ops_private.with_later_approvals); null if nobody looked.';

create function ops_private.standing_decisions(
  release_id uuid, gate_id uuid, as_of timestamptz, exception_id uuid default null, dismissed boolean default null,
  unmet jsonb default null
) returns setof ops_private.standing_decision
language plpgsql stable set search_path = pg_catalog, pg_temp rows 2
as $$
declare
  v_dismissed boolean := standing_decisions.dismissed;
  v_set_aside uuid[] := '{}'::uuid[];
begin
  if v_dismissed is null then
    v_dismissed := (select r.dismissed from ops.releases r where r.release_id = standing_decisions.release_id);
  end if;
  if v_dismissed then
    -- As ops_private.dismissed_decisions, which a reader of a view may not call.
    v_set_aside := array(
      select a.approval_id
      from ops.dismissals d
      join ops.approvals a on a.release_id = d.release_id
      where d.release_id = standing_decisions.release_id and d.kind = 'objection'
        and d.gate_id is not distinct from a.gate_id and d.exception_id is not distinct from a.exception_id
        and d.author = a.approver_id and d.author_role = a.persona_role::text
        and a.created_at <= d.created_at and d.created_at <= standing_decisions.as_of
    );
  end if;
  return query
  select distinct on (a.persona_role, a.approver_id) a.approver_id, a.persona_role, a.decision, a.approval_id,
    a.created_at, a.artifacts_digest, u.unmet, null::text
  from ops.approvals a
  cross join lateral (
    select case when standing_decisions.unmet is null then a.unmet
      else standing_decisions.unmet ->> a.approval_id::text end as unmet
  ) as u
  where a.release_id = standing_decisions.release_id and (
      a.gate_id = standing_decisions.gate_id or standing_decisions.gate_id is null and a.gate_id is null
      and a.exception_id is not distinct from standing_decisions.exception_id)
    and a.created_at <= standing_decisions.as_of and a.approval_id <> all (v_set_aside)
  -- An approval that is not sure to be the person's (as ops_private.is_unsure, which a reader of a view may not call)
  -- changes nothing: it is the answer only while there is no other. An objection counts from when it was recorded, an approval from when it was given. So
  -- an approval that arrives late does not lift an objection that was recorded meanwhile.
  order by
    a.persona_role, a.approver_id, (u.unmet in ('own_token', 'aal2')) is true,
    case a.decision when 'approved' then a.observed_at else a.created_at end desc,
    case a.decision when 'rejected' then 0 when 'request_changes' then 1 else 2 end;
end
$$;
comment on function ops_private.standing_decisions(
  uuid, uuid, timestamptz, uuid, boolean, jsonb
) is
  'The decisions on a gate that count at a moment; without a gate those on an exception, and without either those on the release as a whole: the latest per approver and persona. An objection counts from when it was recorded, an approval from when it was given. Of simultaneous ones the worse counts. An approval without the own token or second factor that policy asks for stands only while the person decided nothing else. What was dismissed by then is left out. dismissed: releases.dismissed, if the caller knows it. unmet: what each approval does not meet, instead of what is stored with it (ops_private.unmet_by_policy).';

create function ops_private.with_later_approvals(
  decisions ops_private.standing_decision[], digest text, as_of timestamptz
) returns ops_private.standing_decision[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_decisions ops_private.standing_decision[] := '{}'::ops_private.standing_decision[];
  d ops_private.standing_decision;
begin
  foreach d in array decisions loop
    d.later_unmet := (
      select n.unmet
      from ops.approvals o
      join ops.approvals n on n.release_id = o.release_id and n.gate_id = o.gate_id
        and n.approver_id = o.approver_id and n.persona_role = o.persona_role
      where o.approval_id = d.approval_id and n.created_at > d.recorded_at and n.created_at <= as_of
        and n.decision = 'approved' and ops_private.is_unsure(n.unmet)
        and n.artifacts_digest is not distinct from with_later_approvals.digest
      order by n.created_at desc limit 1
    );
    v_decisions := v_decisions || d;
  end loop;
  return v_decisions;
end
$$;
comment on function ops_private.with_later_approvals(ops_private.standing_decision[], text, timestamptz) is
  'The decisions on a gate, each with what the newest later approval of the same person lacks, if that is of the artifacts on record and not surely theirs. Only the words of a finding depend on it. Ask it where policy asks for own tokens or second factors.';
revoke execute on function ops_private.with_later_approvals(
  ops_private.standing_decision[], text, timestamptz
) from public;

create function ops_private.lower_approvers(
  gate ops.release_gates, as_of timestamptz, unmet jsonb default null
) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select d.approver_id
    from (
      -- Few gates are signed off, so look first which ones are.
      select l.gate_id from ops.release_gates l
      where l.release_id = gate.release_id and l.gate_code < gate.gate_code
        and exists (select from ops.approvals a where a.release_id = l.release_id and a.gate_id = l.gate_id)
      offset 0
    ) as lower
    cross join lateral ops_private.standing_decisions(
      gate.release_id, lower.gate_id, as_of, unmet => lower_approvers.unmet) as d
    where d.decision = 'approved' and not ops_private.is_unsure(d.unmet)
  );
end
$$;
comment on function ops_private.lower_approvers(ops.release_gates, timestamptz, jsonb) is
  'The people whose standing decision on an earlier gate of the release, in any persona, is an approval, also one that does not count any more. Where policy says one_gate, their approval of this gate does not count. One that is not surely theirs (ops_private.is_unsure) bars nobody. unmet: as ops_private.standing_decisions.';
revoke execute on function ops_private.lower_approvers(ops.release_gates, timestamptz, jsonb) from public;

create function ops_private.approvers_as(decisions ops_private.standing_decision[], personas text[]) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select d.approver_id from unnest(decisions) as d
    where d.decision = 'approved' and d.persona_role::text = any (personas) and not ops_private.is_unsure(d.unmet)
  );
end
$$;
comment on function ops_private.approvers_as(ops_private.standing_decision[], text[]) is
  'Who approves in one of these personas, also by an approval that does not count, unless it is not surely theirs (ops_private.is_unsure).';
revoke execute on function ops_private.approvers_as(ops_private.standing_decision[], text[]) from public;

create function ops_private.why_uncounted(
  approval ops_private.standing_decision, initiator text, barred text[], dismissers text[], digest text,
  lapsed_until timestamptz
) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when approval.approver_id = initiator then 'initiator'
    when approval.approver_id = any (barred) then 'lower_approver'
    when approval.approver_id = any (dismissers) then 'dismisser'
    when approval.unmet is not null then approval.unmet
    when approval.artifacts_digest is distinct from digest then 'earlier_build'
    when approval.recorded_at <= lapsed_until then 'lapsed'
  end;
end
$$;
comment on function ops_private.why_uncounted(
  ops_private.standing_decision, text, text[], text[], text, timestamptz
) is
  'Why an approval of a gate that stands does not count; null when it counts. The arguments are those of ops_private.find_approval. The only place of this rule.';
revoke execute on function ops_private.why_uncounted(
  ops_private.standing_decision, text, text[], text[], text, timestamptz
) from public;

create type ops_private.told_approvals as (
  rejected text,
  changes text,
  counted integer,
  uncounted text
);
comment on type ops_private.told_approvals is
  'What the decisions in one persona come to. rejected, changes: who objects. counted: how many approvals count. uncounted: which do not and why, in words.';

create function ops_private.uncounted_in_words(reason text, people text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case reason
    when 'initiator' then '; the initiator''s own approval does not count'
    when 'lower_approver'
      then '; does not count, because they also approved an earlier gate, or this one in another role: ' || people
    when 'dismisser' then '; does not count, because they dismissed a stop of the release: ' || people
    when 'approvers' then '; does not count, because policy names other people as approvers: ' || people
    when 'own_token' then '; does not count, because an agent approved in their name: ' || people
    when 'aal2' then '; does not count, because it was approved without a second factor: ' || people
    when 'earlier_build' then '; does not count, because they approved an earlier build: ' || people
    when 'lapsed' then '; does not count any more, because the policy limits its time: ' || people
  end;
end
$$;
comment on function ops_private.uncounted_in_words(text, text) is
  'Why the approvals of some people do not count, by what ops_private.why_uncounted says, to be added to a sentence.';
revoke execute on function ops_private.uncounted_in_words(text, text) from public;

create function ops_private.told_by_decisions(
  persona text, decisions ops_private.standing_decision[], initiator text, barred text[], dismissers text[],
  digest text, lapsed_until timestamptz
) returns ops_private.told_approvals
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_told ops_private.told_approvals := row(null, null, 0, '')::ops_private.told_approvals;
  v_decision ops_private.standing_decision;
  v_why text;
  v_reasons text[] := '{}'::text[];
  v_people text[] := '{}'::text[];
begin
  foreach v_decision in array decisions loop
    continue when v_decision.persona_role::text <> persona;
    v_why := ops_private.why_uncounted(v_decision, initiator, barred, dismissers, digest, lapsed_until);
    if v_decision.decision = 'rejected' then
      v_told.rejected := concat_ws(', ', v_told.rejected, v_decision.approver_id);
    elsif v_decision.decision = 'request_changes' then
      v_told.changes := concat_ws(', ', v_told.changes, v_decision.approver_id);
    elsif v_why is null then
      v_told.counted := v_told.counted + 1;
    end if;
    -- What the person did last helps most: they think that they have approved.
    if v_decision.decision <> 'approved' or v_why in ('earlier_build', 'lapsed') then
      v_why := coalesce(v_decision.later_unmet, case when v_decision.decision = 'approved' then v_why end);
    end if;
    if v_why is not null then
      v_reasons := v_reasons || v_why;
      v_people := v_people || v_decision.approver_id;
    end if;
  end loop;
  if v_reasons <> '{}' then
    v_told.uncounted := (
      select string_agg(ops_private.uncounted_in_words(u.reason, u.people), '' order by u.place)
      from (
        select w.reason, string_agg(w.person, ', ' order by w.place) as people, min(array_position(
          '{initiator,lower_approver,dismisser,approvers,own_token,aal2,earlier_build}'::text[], w.reason)) as place
        from unnest(v_reasons, v_people) with ordinality as w(reason, person, place)
        group by w.reason
      ) as u
    );
  end if;
  return v_told;
end
$$;
comment on function ops_private.told_by_decisions(
  text, ops_private.standing_decision[], text, text[], text[], text, timestamptz
) is
  'What the decisions in a persona come to. The arguments are those of ops_private.find_approval.';
revoke execute on function ops_private.told_by_decisions(
  text, ops_private.standing_decision[], text, text[], text[], text, timestamptz
) from public;

create function ops_private.find_approval(
  subject text, min_count integer, asked ops_private.approval_conditions, gate_code ops.ops_gate_code,
  decisions ops_private.standing_decision[], initiator text, barred text[], dismissers text[], digest text,
  lapsed_until timestamptz, in_full boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_told constant ops_private.told_approvals := ops_private.told_by_decisions(
    subject, decisions, initiator, barred, dismissers, digest, lapsed_until);
begin
  f.state := case when v_told.rejected is not null then 'failed'::ops.ops_finding_state
    when v_told.changes is null and v_told.counted >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := case min_count when 1 then format('approved by a %s', subject)
    else format('approved by %s people as %s', min_count, subject) end;
  f.detail := case when v_told.rejected is not null then format('rejected by %s', v_told.rejected)
    when v_told.changes is not null then format('changes requested by %s', v_told.changes)
    else format('%s of %s approvals', v_told.counted, min_count) end || v_told.uncounted;
  f.who := subject;
  f.remedy := case when v_told.rejected is not null or v_told.changes is not null
    then 'resolve the objection, then ask the same person to decide again, or dismiss it if they left'
    else format('ask a %s%s to sign off %s', subject,
      case when initiator is not null then ' other than the initiator' end, gate_code) end;
  if asked.own_token is not null then
    f.requirement := f.requirement || ops_private.conditions_in_words(asked);
    f.remedy := f.remedy || ops_private.conditions_in_words(asked);
  end if;
  return f;
end
$$;
comment on function ops_private.find_approval(
  text, integer, ops_private.approval_conditions, ops.ops_gate_code, ops_private.standing_decision[], text, text[],
  text[], text, timestamptz, boolean
) is
  'Finding on a requirement `approval`: enough approvals must count, and no rejection or request for changes in the persona may stand. asked: what policy asks of each approval; those that do not meet it do not count. initiator: their approval does not count; null when policy lets it count. barred: who also approved an earlier gate, or this one in another persona; their approvals do not count. Null when policy lets them count. dismissers: those who dismissed something of the release; their approvals do not count. digest: of the artifacts on record; approvals of others do not count. lapsed_until: approvals recorded until then no longer count; null without limit.';
revoke execute on function ops_private.find_approval(
  text, integer, ops_private.approval_conditions, ops.ops_gate_code, ops_private.standing_decision[], text, text[],
  text[], text, timestamptz, boolean
) from public;

create function ops_private.find_objections(
  gate ops.release_gates, decisions ops_private.standing_decision[], answered text[]
) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_rejected boolean;
begin
  for f.subject, v_rejected, f.detail in
    select
      d.persona_role::text, bool_or(d.decision = 'rejected'), string_agg(d.approver_id, ', ' order by d.approver_id)
    from unnest(decisions) as d
    where d.decision <> 'approved' and d.persona_role::text <> all (answered)
    group by d.persona_role
    order by d.persona_role
  loop
    f.gate_id := gate.gate_id;
    f.gate_code := gate.gate_code;
    f.kind := 'approval';
    f.enforcement := 'blocking';
    f.state := case when v_rejected then 'failed'::ops.ops_finding_state else 'unsatisfied' end;
    f.requirement := format('no objection %sby a %s',
      case when gate.gate_id is null then 'to the release as a whole ' end, f.subject);
    f.detail := format('%s by %s', case when v_rejected then 'rejected' else 'changes requested' end, f.detail);
    f.remedy := 'resolve the objection, then ask the same person to decide again, or dismiss it if they left';
    f.who := f.subject;
    return next f;
  end loop;
end
$$;
comment on function ops_private.find_objections(ops.release_gates, ops_private.standing_decision[], text[]) is
  'One finding per persona with a standing rejection or request for changes. These count on every gate, also where no approval by that persona is required. Without a gate they are about the release as a whole. answered: personas that already have a finding on a blocking requirement.';
revoke execute on function ops_private.find_objections(
  ops.release_gates, ops_private.standing_decision[], text[]
) from public;
