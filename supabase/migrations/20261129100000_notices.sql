-- What people are told when it is their turn: each notice once, whom it goes to, and what became of each delivery.

create type ops.ops_notice_kind as enum (
  'gate_waits', 'gate_failed', 'contested', 'ineligible_deployment', 'promoted', 'rolled_back', 'exception_opened',
  'exception_ends', 'exception_review_due', 'deployment_unended'
);
comment on type ops.ops_notice_kind is
  'What people are told. gate_waits: a gate began to wait for a role of people, or G4 has waited for a day. gate_failed: a gate failed. contested: a refused report stands. ineligible_deployment: something was deployed that was not eligible. promoted, rolled_back: the new status of a release. exception_opened; exception_ends: within a day; exception_review_due: it has ended. deployment_unended: nobody reported the end of a deployment for four hours.';

create type ops.ops_notice_format as enum ('webhook', 'slack', 'teams', 'cdevents');
comment on type ops.ops_notice_format is
  'How a notice is written for its target: webhook, signed as Standard Webhooks says; a message for slack or teams; cdevents, a CloudEvent of a CDEvents type where one fits.';

create type ops.ops_delivery_state as enum ('waiting', 'claimed', 'delivered', 'set_aside', 'merged', 'past');
comment on type ops.ops_delivery_state is
  'What became of a notice for one target. waiting: it is sent when it is due. claimed: a sender has it. Ended are: delivered; set_aside, after nine failed tries over a day, until ops.retry_notice; merged, a newer one of the same kind stands for it; past, it was not true any more before it was told, or nobody asks for it any more.';

create table ops.notice_targets (
  target_id uuid primary key default ops_private.new_id(),
  project text not null references ops.projects (project) on delete restrict,
  target_name ops.name not null,
  format ops.ops_notice_format not null,
  secret_name text not null,
  kinds ops.ops_notice_kind[] not null,
  on_behalf_of ops.name not null,
  reason ops.statement not null,
  replaced_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint secret_is_named_for_notices check (
    secret_name ~ '^OPS_NOTICE_[A-Z0-9_]{1,50}$'
    and secret_name not in ('OPS_NOTICE_BOARD_URL', 'OPS_NOTICE_PRIVATE_ADDRESSES')
  ),
  constraint kinds_are_named check (array_position(kinds, null) is null)
);
create index notice_targets_project_idx on ops.notice_targets (project);
create unique index notice_targets_in_force_idx on ops.notice_targets (project, target_name) where replaced_at is null;

comment on table ops.notice_targets is
  'Append-only, but for replaced_at, which is set once. Where the notices of a project go. A newer row of the same name replaces the older one. Only ops.set_notice_target writes it, and only service_role reads it.';
comment on column ops.notice_targets.target_id is 'Primary key.';
comment on column ops.notice_targets.project is 'The project whose notices go there.';
comment on column ops.notice_targets.target_name is 'Its name within the project, by which deliveries name it.';
comment on column ops.notice_targets.format is 'How notices are written for it.';
comment on column ops.notice_targets.secret_name is
  'The name of the secret of the function ops-notify that holds its address and key. Never the secret itself.';
comment on column ops.notice_targets.kinds is 'The notices that it asks for. Empty: none any more.';
comment on column ops.notice_targets.on_behalf_of is
  'Who wanted it: the name by which records know a member. Free text while there was no release manager.';
comment on column ops.notice_targets.reason is 'Why they wanted it; at most 8 KiB.';
comment on column ops.notice_targets.replaced_at is
  'When a newer row of this name replaced it. Null while it is in force. Set by the server.';
comment on column ops.notice_targets.created_at is 'When the row was recorded. It is told what became true after that. Set by the server.';
comment on column ops.notice_targets.created_by is
  'Who recorded it: the name by which records know the caller. Set by the server.';
comment on column ops.notice_targets.created_role is 'Role of the caller who recorded it. Set by the server.';

alter table ops.notice_targets enable row level security;
create policy notice_targets_in_own_projects on ops.notice_targets as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.notice_targets to service_role;

create trigger _170_refuse_secret before insert on ops.notice_targets
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.notice_targets
for each row execute function ops_private.tg_stamp_provenance();
create trigger _310_allow_changes before update on ops.notice_targets
for each row execute function ops_private.tg_allow_changes('replaced_at');
alter table ops.notice_targets enable always trigger _310_allow_changes;
create trigger _000_refuse_delete before delete or truncate on ops.notice_targets
for each statement execute function ops_private.tg_refuse_change();
alter table ops.notice_targets enable always trigger _000_refuse_delete;

create table ops.notices (
  notice_id uuid primary key default ops_private.new_id(),
  place bigint generated always as identity,
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  project text not null,
  kind ops.ops_notice_kind not null,
  gate_code ops.ops_gate_code,
  personas text[] not null default '{}',
  environment ops.ops_environment,
  deployment_id uuid,
  exception_id uuid,
  contested_id uuid,
  by_time boolean not null default false,
  happened_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint notices_are_linked_with_their_release unique (release_id, notice_id),
  constraint contested_report_is_of_the_same_release
  foreign key (release_id, contested_id) references ops.contested_reports (release_id, contested_id) on delete restrict,
  constraint deployment_is_of_the_same_release
  foreign key (release_id, deployment_id) references ops.deployments (release_id, deployment_id) on delete restrict,
  constraint exception_is_of_the_same_release
  foreign key (release_id, exception_id) references ops.exceptions (release_id, exception_id) on delete restrict
);
create index notices_project_created_at_idx on ops.notices (project, created_at desc);
-- What only time makes true is said once of each exception and deployment; of a gate once of each deployment.
create unique index notices_by_time_idx on ops.notices (
  release_id, kind, gate_code, deployment_id, exception_id
) nulls not distinct where by_time;
create index notices_release_id_deployment_id_idx on ops.notices (release_id, deployment_id)
where deployment_id is not null;
create index notices_release_id_exception_id_idx on ops.notices (release_id, exception_id)
where exception_id is not null;
create index notices_release_id_contested_id_idx on ops.notices (release_id, contested_id)
where contested_id is not null;

comment on table ops.notices is
  'Append-only. One row per thing that people are told, written in the transaction that makes it true, and only if a target of the project asks for its kind. It holds no texts: they are read when it is sent. Only functions and triggers write it.';
comment on column ops.notices.notice_id is
  'Primary key. Receivers get it with every try, and drop repeats by it.';
comment on column ops.notices.place is 'The order within a release: that of its facts.';
comment on column ops.notices.release_id is 'The release that it is about.';
comment on column ops.notices.project is 'The project of the release.';
comment on column ops.notices.kind is 'What is told.';
comment on column ops.notices.gate_code is 'The gate that it is about. Null when it is about none.';
comment on column ops.notices.personas is 'The roles of people for which the gate waited when it was written.';
comment on column ops.notices.environment is 'The environment of the deployment or of the status that it is about.';
comment on column ops.notices.deployment_id is 'The deployment that it is about.';
comment on column ops.notices.exception_id is 'The exception that it is about.';
comment on column ops.notices.contested_id is 'The contested report that it is about.';
comment on column ops.notices.by_time is 'Whether time alone made it true (ops.due_notices).';
comment on column ops.notices.happened_at is 'When it became true.';
comment on column ops.notices.created_at is 'When the row was recorded. Set by the server.';
comment on column ops.notices.created_by is
  'Whose fact made it true: the name by which records know the caller. Set by the server.';
comment on column ops.notices.created_role is 'Role of the caller whose fact made it true. Set by the server.';

alter table ops.notices enable row level security;
create policy notices_in_own_projects on ops.notices as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.notices to service_role;

grant select on ops.notices to release_manager, audit_reader;
create policy notices_select_release_manager on ops.notices
for select to release_manager using (true);
create policy notices_select_audit_reader on ops.notices
for select to audit_reader using (true);

create trigger _200_stamp_provenance before insert on ops.notices
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.notices
for each statement execute function ops_private.tg_refuse_change();
alter table ops.notices enable always trigger _000_refuse_change;

create table ops.notice_deliveries (
  delivery_id uuid primary key default ops_private.new_id(),
  notice_id uuid not null,
  target_name ops.name not null,
  release_id uuid not null,
  project text not null,
  place bigint not null,
  kind ops.ops_notice_kind not null,
  gate_code ops.ops_gate_code,
  environment ops.ops_environment,
  state ops.ops_delivery_state not null default 'waiting',
  attempt integer not null default 0,
  failures integer not null default 0,
  yields boolean not null default false,
  due_at timestamptz not null default clock_timestamp(),
  begins_at timestamptz not null default clock_timestamp(),
  same integer not null default 1,
  last_error text,
  http_status integer,
  ended_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint one_delivery_per_notice_and_target unique (release_id, notice_id, target_name),
  constraint notice_is_of_the_same_release
  foreign key (release_id, notice_id) references ops.notices (release_id, notice_id) on delete restrict,
  constraint ended_exactly_when_not_open check ((state in ('waiting', 'claimed')) = (ended_at is null)),
  constraint counts_are_not_negative check (attempt >= 0 and failures >= 0 and same >= 1),
  constraint error_is_of_the_list check (last_error in (
    'http_status', 'timeout', 'connection', 'tls', 'redirect', 'private_address', 'name_not_found', 'secret_missing',
    'secret_malformed', 'too_large', 'address_refused', 'unexpected', 'lease_expired'
  )),
  constraint status_is_one_of_http check (http_status between 100 and 599)
) with (fillfactor = 70);
create index notice_deliveries_due_at_idx on ops.notice_deliveries (due_at) where ended_at is null;
create index notice_deliveries_open_idx on ops.notice_deliveries (release_id, target_name, place)
where ended_at is null;
create index notice_deliveries_project_created_at_idx on ops.notice_deliveries (project, created_at desc);

comment on table ops.notice_deliveries is
  'One row per notice and target that asked for it: what became of it there. Only functions write it. Nothing of what a receiver answers is kept but its HTTP status.';
comment on column ops.notice_deliveries.delivery_id is 'Primary key. A sender and ops.retry_notice name it.';
comment on column ops.notice_deliveries.notice_id is 'The notice.';
comment on column ops.notice_deliveries.target_name is 'The target, by its name within the project.';
comment on column ops.notice_deliveries.release_id is 'The release of the notice.';
comment on column ops.notice_deliveries.project is 'The project of the release.';
comment on column ops.notice_deliveries.place is 'The place of the notice: deliveries of a release to a target follow it.';
comment on column ops.notice_deliveries.kind is 'The kind of the notice.';
comment on column ops.notice_deliveries.gate_code is 'The gate of the notice.';
comment on column ops.notice_deliveries.environment is 'The environment of the notice.';
comment on column ops.notice_deliveries.state is 'What became of it.';
comment on column ops.notice_deliveries.attempt is
  'How often a sender claimed it. An outcome names the attempt, so that a late sender cannot write over a newer one.';
comment on column ops.notice_deliveries.failures is 'How many tries failed since it was due for the first time, or again by ops.retry_notice.';
comment on column ops.notice_deliveries.yields is
  'Whether later notices of the release go on without it: five tries failed once.';
comment on column ops.notice_deliveries.due_at is
  'From when it can be claimed; of one that is claimed, when the claim lapses.';
comment on column ops.notice_deliveries.begins_at is
  'When the first of the notices was written for which this one stands. Those of the next two minutes merge with it.';
comment on column ops.notice_deliveries.same is 'For how many notices the message stands.';
comment on column ops.notice_deliveries.last_error is
  'Why the last try failed that did. unexpected: a fault of the sender, which says in its log where. lease_expired: the sender did not come back.';
comment on column ops.notice_deliveries.http_status is 'The HTTP status of the answer to the last try that ended. Null when none came.';
comment on column ops.notice_deliveries.ended_at is 'When it was delivered, set aside, merged or past. Null while it is open.';
comment on column ops.notice_deliveries.created_at is 'When the row was recorded. Set by the server.';
comment on column ops.notice_deliveries.created_by is
  'Whose fact made the notice true: the name by which records know the caller. Set by the server.';
comment on column ops.notice_deliveries.created_role is 'Role of the caller whose fact made it true. Set by the server.';

alter table ops.notice_deliveries enable row level security;
create policy notice_deliveries_in_own_projects on ops.notice_deliveries as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.notice_deliveries to service_role;

grant select on ops.notice_deliveries to release_manager, audit_reader;
create policy notice_deliveries_select_release_manager on ops.notice_deliveries
for select to release_manager using (true);
create policy notice_deliveries_select_audit_reader on ops.notice_deliveries
for select to audit_reader using (true);

create trigger _200_stamp_provenance before insert on ops.notice_deliveries
for each row execute function ops_private.tg_stamp_provenance();
create trigger _310_allow_changes before update on ops.notice_deliveries
for each row execute function ops_private.tg_allow_changes(
  'state', 'attempt', 'failures', 'yields', 'due_at', 'last_error', 'http_status', 'ended_at'
);
alter table ops.notice_deliveries enable always trigger _310_allow_changes;
create trigger _000_refuse_delete before delete or truncate on ops.notice_deliveries
for each statement execute function ops_private.tg_refuse_change();
alter table ops.notice_deliveries enable always trigger _000_refuse_delete;
