-- Incidents after a deployment.
create table ops.incidents (
  incident_id uuid primary key default ops_private.new_id(),
  deployment_id uuid not null references ops.deployments (deployment_id) on delete restrict,
  severity ops.ops_incident_severity not null,
  detected_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  timeline jsonb not null default '[]',
  root_cause text,
  postmortem_status ops.ops_postmortem_status not null default 'pending',
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint resolved_after_it_was_detected check (resolved_at > detected_at and isfinite(resolved_at)),
  constraint detected_not_in_the_future
  check (isfinite(detected_at) and detected_at <= created_at + interval '5 minutes'),
  constraint sizes_are_bounded
  check (octet_length(root_cause) <= 8192 and jsonb_typeof(timeline) = 'array' and ops_private.is_storable(timeline))
);
create index incidents_deployment_id_idx on ops.incidents (deployment_id);
-- Those that still wait for somebody, the newest first.
create index incidents_open_idx on ops.incidents (detected_at desc)
where resolved_at is null or postmortem_status <> 'complete';

comment on table ops.incidents is
  'One row per incident that followed a deployment, with its timeline and review. The timeline only grows; each change of severity, resolved_at or root_cause is an entry in it.';
comment on column ops.incidents.incident_id is
  'Primary key. Set by the server; only service_role and the owner may choose one.';
comment on column ops.incidents.deployment_id is 'The deployment that it followed.';
comment on column ops.incidents.severity is 'Severity of the incident.';
comment on column ops.incidents.detected_at is 'When somebody detected it.';
comment on column ops.incidents.resolved_at is 'When it ended; always after detected_at. Null while it lasts.';
comment on column ops.incidents.timeline is
  'What happened and what was done: an array of entries, at most 256 KiB, that only grows. An entry with recorded_by is of the server: which column changed from what to what, by whom and when.';
comment on column ops.incidents.root_cause is 'Why it happened; at most 8 KiB.';
comment on column ops.incidents.postmortem_status is 'Progress of the review.';
comment on column ops.incidents.project is
  'The project of the deployment. Set by the server.';

alter table ops.incidents enable row level security;
create policy incidents_in_own_projects on ops.incidents as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.incidents to service_role;

grant select on ops.incidents to release_manager, sre, audit_reader;
create policy incidents_select_release_manager on ops.incidents
for select to release_manager using (true);
create policy incidents_select_sre on ops.incidents
for select to sre using (true);
create policy incidents_select_audit_reader on ops.incidents
for select to audit_reader using (true);
grant insert, update (severity, resolved_at, timeline, root_cause, postmortem_status) on ops.incidents to sre;
create policy incidents_insert_sre on ops.incidents
for insert to sre with check (created_by = (select ops_private.current_actor()));
create policy incidents_update_sre on ops.incidents
for update to sre
using (created_by = (select ops_private.current_actor()))
with check (created_by = (select ops_private.current_actor()));

create function ops_private.tg_keep_timeline() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
declare
  v_known constant jsonb := case tg_op when 'UPDATE' then old.timeline else '[]' end;
  v_column text;
begin
  if jsonb_typeof(new.timeline) = 'array' and exists (
    select from jsonb_array_elements(new.timeline) with ordinality as e
    where e.ordinality > jsonb_array_length(v_known) and jsonb_typeof(e.value) = 'object' and e.value ?| array['recorded_at', 'recorded_by', 'recorded_role']
  ) then
    raise exception using errcode = '23514', constraint = 'only_the_server_says_who_recorded', schema = 'ops',
      table = 'incidents', column = 'timeline', message = 'an entry of the timeline has a field that the server writes: recorded_at, recorded_by or recorded_role',
      hint = 'leave it out; the server records each change of severity, resolved_at and root_cause by itself';
  elsif tg_op = 'INSERT' then
    return new;
  end if;
  if jsonb_typeof(new.timeline) = 'array' and coalesce((
    select jsonb_agg(e.value order by e.ordinality) from jsonb_array_elements(new.timeline) with ordinality as e
    where e.ordinality <= jsonb_array_length(v_known)
  ), '[]') is distinct from v_known then
    raise exception using errcode = 'OPS05', message = 'the timeline of an incident only grows',
      hint = 'keep its entries as they are, and add yours at the end';
  end if;
  foreach v_column in array array['severity', 'resolved_at', 'root_cause'] loop
    if to_jsonb(new) -> v_column is distinct from to_jsonb(old) -> v_column then
      new.timeline := new.timeline || jsonb_build_object(
        'recorded_at', clock_timestamp(), 'recorded_by', ops_private.current_actor(),
        'recorded_role', ops_private.caller_role(), 'column', v_column, 'old', to_jsonb(old) -> v_column,
        'new', to_jsonb(new) -> v_column);
    end if;
  end loop;
  return new;
end
$$;
comment on function ops_private.tg_keep_timeline() is
  'Before insert or update of an incident: entries of the timeline stay as they are (OPS05), only the server writes recorded_at, recorded_by and recorded_role (23514), and each change of severity, resolved_at or root_cause is added as an entry: who, when, old and new value.';
revoke execute on function ops_private.tg_keep_timeline() from public;

create trigger _150_refuse_unstorable before insert on ops.incidents
for each row when (new.timeline <> '[]' and not ops_private.is_storable(new.timeline))
execute function ops_private.tg_refuse_unstorable('timeline');
create trigger _160_refuse_unstorable before update of timeline on ops.incidents
for each row when (not ops_private.is_storable(new.timeline))
execute function ops_private.tg_refuse_unstorable('timeline');
alter table ops.incidents enable always trigger _160_refuse_unstorable;

create function ops_private.tg_prepare_incident() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if not ops_private.acts_for_all() then
    new.incident_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.project := (select d.project from ops.deployments d where d.deployment_id = new.deployment_id);
  return new;
end
$$;
comment on function ops_private.tg_prepare_incident() is
  'Before insert of an incident: sets its key, and its project, which is that of the deployment. Null for an unknown one: the policies refuse both alike.';
revoke execute on function ops_private.tg_prepare_incident() from public;

create trigger _190_prepare_incident before insert on ops.incidents
for each row execute function ops_private.tg_prepare_incident();
create trigger _170_refuse_secret before insert on ops.incidents
for each row execute function ops_private.tg_refuse_secret();
create trigger _180_refuse_secret before update on ops.incidents
for each row execute function ops_private.tg_refuse_secret();
alter table ops.incidents enable always trigger _180_refuse_secret;
create trigger _200_stamp_provenance before insert on ops.incidents
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_allow_changes before update on ops.incidents
for each row execute function ops_private.tg_allow_changes(
  'severity', 'resolved_at', 'timeline', 'root_cause', 'postmortem_status'
);
alter table ops.incidents enable always trigger _300_allow_changes;
create trigger _300_keep_timeline before insert on ops.incidents
for each row when (new.timeline <> '[]') execute function ops_private.tg_keep_timeline();
create trigger _310_keep_timeline before update on ops.incidents
for each row execute function ops_private.tg_keep_timeline();
alter table ops.incidents enable always trigger _310_keep_timeline;
create trigger _000_refuse_delete before delete or truncate on ops.incidents
for each statement execute function ops_private.tg_refuse_change();
alter table ops.incidents enable always trigger _000_refuse_delete;
