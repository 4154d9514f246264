-- A contested report ends by the same content and by a corrected event only if that was not observed earlier, and by a
-- corrected event only if that is about the same.

comment on table ops.contested_report_ends is
  'Append-only. A contested report that ended, at created_at: the facts recorded then heal what it says, or an event was accepted that answers it (one with the same content, or, when it is not known what would heal the report, a correction by its sender; neither was observed earlier, but for a minute under the same key), or it was dismissed. It never stands again. Only functions write it.';
comment on column ops.contested_reports.payload_hash is
  'SHA-256 in hex of the canonical content of the event. Null when it has none. The report ends when an event with the same content is accepted that was observed no earlier, but for a minute under the same key.';

create function ops_private.plain_key(idempotency_key text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return regexp_replace(plain_key.idempotency_key, '/~i[0-9a-f]{12}$', '');
end
$$;
comment on function ops_private.plain_key(text) is
  'An idempotency key without what clients put behind one that another fact has taken: /~i and twelve digits of the digest of what the event is about.';
revoke execute on function ops_private.plain_key(text) from public;

create function ops_private.is_no_earlier(report ops.contested_reports, s ops_private.submission) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Two runs may say the same. What the earlier one observed is healed by less than this. An event that is sent again
  -- may seem earlier by some seconds, because the network delayed it.
  return s.observed_at >= report.observed_at - case
    when ops_private.plain_key(report.idempotency_key) = ops_private.plain_key(s.idempotency_key)
      then interval '1 minute' else interval '0' end;
end
$$;
comment on function ops_private.is_no_earlier(ops.contested_reports, ops_private.submission) is
  'Whether an accepted event was observed no earlier than a contested report; under the same key, also made longer, by no more than a minute.';
revoke execute on function ops_private.is_no_earlier(ops.contested_reports, ops_private.submission) from public;

create or replace function ops_private.contested_report_healed(
  report ops.contested_reports, since timestamptz, later_by interval default '0'
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case report.event_type
    when 'build_complete' then ops_private.contested_check_healed(report, null, since, later_by)
    when 'gate_signoff' then exists (
      -- As with any objection: an approval lifts it when it was given after the objection was recorded.
      select from ops.approvals a
      where a.release_id = report.release_id
        and a.approver_id = coalesce((ops_private.member_named(report.approver_id)).recorded_as, report.approver_id)
        and a.persona_role = report.persona_role
        and case
          when report.gate_id is not null then a.gate_id = report.gate_id
          -- A QA tester signs one gate alone, and so means that one, however they spelled it.
          when report.created_role = 'qa_tester' then a.scope = 'release' or a.gate_id = (
            select g.gate_id from ops.release_gates g where g.release_id = report.release_id and g.gate_code = 'G2')
          else a.scope = 'release' end
        -- Another objection stands itself.
        and (a.decision <> 'approved' or a.observed_at > report.created_at)
        and not ops_private.is_unsure(a.unmet)
        and a.created_at > since
    )
    else ops_private.contested_deployment_healed(report, since, later_by)
  end;
end
$$;
comment on function ops_private.contested_report_healed(ops.contested_reports, timestamptz, interval) is
  'Whether facts that were recorded after since, and observed later than a contested report by more than later_by, heal what it says. An objection without a readable gate that a QA tester sent themselves is healed also by their decision on G2.';

create function ops_private.is_corrected_by(report ops.contested_reports, s ops_private.submission) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_about constant ops_private.stop := ops_private.subject_of_stops(s.envelope);
  v_approver constant text := s.content #>> '{payload,approver_id}';
  v_build record;
  v_longer constant text := '/~i[0-9a-f]{12}$';
begin
  select b.own_check, b.part into v_build from ops_private.build_in(s.envelope) as b;
  -- Nobody knows what would heal it. So the corrected event of the same sender ends it, also at a later attempt, if it
  -- says the same wherever the report can be read.
  return (
    ops_private.is_unreadable(report) and report.event_type = s.event_type and report.created_by = s.actor
    and ops_private.is_sent_again(
      ops_private.plain_key(report.idempotency_key), ops_private.plain_key(s.idempotency_key))
    -- Two keys that were made longer in two ways are of events about two things.
    and (substring(report.idempotency_key from v_longer) <> substring(s.idempotency_key from v_longer)) is not true
    and ops_private.is_no_earlier(report, s)
    -- As with any objection: an approval lifts it when it was given after the objection was recorded, and is surely
    -- its person's. The row of the event says whether it is.
    and (s.content #>> '{payload,decision}' is distinct from 'approved'
      or s.observed_at > report.created_at and exists (
        select from ops.approvals a
        join ops.release_gates g on g.gate_id = a.gate_id
        where a.release_id = report.release_id and a.approver_id = v_approver and g.gate_code = v_about.gate_code
          and a.persona_role = v_about.persona_role and a.created_at > report.created_at
          and a.decision = 'approved' and a.observed_at = s.observed_at and not ops_private.is_unsure(a.unmet)))
    and coalesce((ops_private.member_named(report.approver_id)).recorded_as, report.approver_id, v_approver)
      is not distinct from v_approver
    and (report.persona_role is null or report.persona_role = v_about.persona_role)
    and (report.gate_id is null or exists (
      select from ops.release_gates g where g.gate_id = report.gate_id and g.gate_code = v_about.gate_code))
    and (report.environment is null or report.environment = v_about.environment)
    and (report.target is null or report.target = v_about.target)
    and (report.deployment_ref is null or report.deployment_ref = v_about.deployment_ref)
    and (report.check_name is null
      or report.check_name = ops_private.readable_name(s.envelope #> '{payload,check_name}', 'health'))
    and (report.own_check is null or report.own_check = v_build.own_check)
    and (report.part is null or report.part = v_build.part)
  ) is true;
end
$$;
comment on function ops_private.is_corrected_by(ops.contested_reports, ops_private.submission) is
  'Whether an accepted event corrects a contested report whose check, deployment or person could not be read: it is of that type and sender, has its key or a later attempt of that (also where one of both was made longer), was observed no earlier (ops_private.is_no_earlier), and is about the same as far as the report can be read. An approval also has to be given after the report was recorded, and to count.';
revoke execute on function ops_private.is_corrected_by(ops.contested_reports, ops_private.submission) from public;

create or replace function ops_private.end_contested(release_id uuid, s ops_private.submission) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_hash constant text := encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex');
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, s.idempotency_key
  from ops.contested_reports c
  where c.release_id = end_contested.release_id
    and not ops_private.has_ended(c, 'infinity')
    and (
      ops_private.contested_report_healed(c, c.created_at)
      or c.payload_hash = v_hash and ops_private.is_no_earlier(c, s)
      or ops_private.is_corrected_by(c, s)
    );
end
$$;
comment on function ops_private.end_contested(uuid, ops_private.submission) is
  'Ends the contested reports of a release that the facts just recorded heal, and those that the event s answers: the same content that was observed no earlier (ops_private.is_no_earlier), and what corrects a report that could not be read (ops_private.is_corrected_by). s is null for facts that were written directly.';

create or replace function ops_private.end_dismissed(d ops.dismissals) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_named ops.contested_reports;
begin
  select c.* into v_named from ops.contested_reports c where c.contested_id = d.contested_id;
  insert into ops.contested_report_ends (contested_id, release_id)
  select c.contested_id, c.release_id
  from ops.contested_reports c
  where c.release_id = d.release_id and not ops_private.has_ended(c, 'infinity')
    and case
      when d.kind = 'objection' then c.event_type = 'gate_signoff' and d.exception_id is null
        and c.gate_id is not distinct from d.gate_id and c.persona_role::text = d.author_role
        and coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id) = d.author
      else (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
          c.persona_role)
        is not distinct from (v_named.event_type, v_named.gate_id, v_named.check_name, v_named.environment,
          v_named.target, v_named.deployment_ref, v_named.approver_id, v_named.persona_role)
        and (ops_private.is_by_machine(c) and ops_private.is_by_machine(v_named)
          or (c.created_by, c.created_role) = (v_named.created_by, v_named.created_role))
        -- Nobody knows what those are about that cannot be read: only an event that was sent again is the same.
        and (not ops_private.is_unreadable(c)
          or (c.idempotency_key, c.own_check, c.part)
          is not distinct from (v_named.idempotency_key, v_named.own_check, v_named.part)
          and (c.idempotency_key is not null or c.payload_hash is not distinct from v_named.payload_hash))
    end;
end
$$;
comment on function ops_private.end_dismissed(ops.dismissals) is
  'Ends the contested reports that a dismissal sets aside: of an objection, all of its author in that role on that gate; otherwise those that say the same, from machines or from the same person. Of unreadable ones, those of the same build under the same key; without a key, those with the same content.';
