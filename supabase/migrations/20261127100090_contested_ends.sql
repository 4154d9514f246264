-- A contested report ends by the same content only if that was not observed earlier, and by a corrected event only if
-- that is about the same.

create function ops_private.is_corrected_by(report ops.contested_reports, s ops_private.submission) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_about constant ops_private.stop := ops_private.subject_of_stops(s.envelope);
  v_approver constant text := s.content #>> '{payload,approver_id}';
begin
  -- Nobody knows what would heal it. So the corrected event of the same sender ends it, also at a later attempt, if it
  -- says the same wherever the report can be read.
  return (
    ops_private.is_unreadable(report) and report.event_type = s.event_type and report.created_by = s.actor
    and ops_private.is_sent_again(report.idempotency_key, s.idempotency_key)
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
  ) is true;
end
$$;
comment on function ops_private.is_corrected_by(ops.contested_reports, ops_private.submission) is
  'Whether an accepted event corrects a contested report whose check, deployment or person could not be read: it is of that type and sender, has its key or a later attempt of that, and is about the same as far as the report can be read.';
revoke execute on function ops_private.is_corrected_by(ops.contested_reports, ops_private.submission) from public;

create or replace function ops_private.end_contested(release_id uuid, s ops_private.submission) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_hash constant text := encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex');
  -- Clients make a key that another fact has taken longer by the digest of what the event is about.
  v_key constant text := regexp_replace(s.idempotency_key, '/~i[0-9a-f]{12}$', '');
begin
  insert into ops.contested_report_ends (contested_id, release_id, idempotency_key)
  select c.contested_id, c.release_id, s.idempotency_key
  from ops.contested_reports c
  where c.release_id = end_contested.release_id
    and not ops_private.has_ended(c, 'infinity')
    and (
      ops_private.contested_report_healed(c, c.created_at)
      -- Two runs may say the same. What the earlier one observed is healed by less than this. What is sent again may
      -- seem earlier by some seconds, because the network delayed it.
      or c.payload_hash = v_hash and s.observed_at >= c.observed_at - case
        when ops_private.is_sent_again(c.idempotency_key, v_key) then interval '1 minute'
        else interval '0' end
      or ops_private.is_corrected_by(c, s)
    );
end
$$;
comment on function ops_private.end_contested(uuid, ops_private.submission) is
  'Ends the contested reports of a release that the facts just recorded heal, and those that the event s answers: the same content that was not observed earlier, or under the same key, also made longer, by no more than a minute; and what corrects a report that could not be read (ops_private.is_corrected_by). s is null for facts that were written directly.';
