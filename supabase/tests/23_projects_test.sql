begin;
create extension if not exists pgtap with schema extensions;
select plan(40);

\ir helpers/functions.psql

-- Register a project. Returns its spelling.
create function pg_temp.register(project text, reason text default 'a new product') returns text
language sql as $$
  select ops.register_project(project, 'what it is', 'RM-Handle', reason)
$$;
-- The SQLSTATE and message of opening a release of `project` as a person or machine.
create function pg_temp.opened_by(role text, subject text, project text) returns text
language plpgsql as $$
begin
  return pg_temp.as_person(role, subject, format(
    'select ops.open_release(%L, ''v1'', ''production'', ''sha-1'', initiating_actor => %L)::text',
    project, case role when 'release_manager' then subject else 'dev-1' end));
exception when others then
  return sqlstate || ' ' || sqlerrm;
end
$$;

set local role service_role;
\ir helpers/members.psql

-- What can be registered.
select is(pg_temp.register('Acme/Pay'), 'Acme/Pay', 'a project is registered with its spelling');
select is(pg_temp.register(t.name), 'Acme/Pay', format('%s is that project already', t.name))
from unnest(array['Acme/Pay', 'acme/pay', 'ACME/PAY']) as t (name);
select results_eq(
  $$ select
       p.project, p.description::text, p.on_behalf_of::text collate "default", p.reason::text, p.created_by,
       p.created_role
     from ops.projects p where lower(p.project) = 'acme/pay' $$,
  $$ values ('Acme/Pay', 'what it is', 'rm-1', 'a new product', 'service_role', 'service_role') $$,
  'one row says what the project is, who wanted it and why, and who registered it'
);
select is(pg_temp.register(t.name), t.name, format('%s is the name of a project', t.name))
from unnest(array['p', 'a b', repeat('p', 255)]) as t (name);
select throws_ok(
  format('select ops.register_project(%L, null, %L, %L)', t.name, 'rm-1', 'why'), '23514', null, t.description
)
from (
  values
  (null, 'a project must have a name'), ('', 'an empty name is refused'),
  (' acme/x', 'a blank at the start is refused'),
  ('acme/x ', 'a blank at the end is refused'), ('acme/é', 'letters that are not ASCII are refused'),
  (E'acme\tx', 'a tab is refused'), (U&'acme/p\0430y', 'a Cyrillic letter is refused'),
  (U&'acme\200B/pay', 'an invisible character is refused'), (repeat('p', 256), 'more than 255 bytes are refused')
) as t (name, description);
select throws_ok(
  format('select ops.register_project(%L, %L, %L, %L)', 'acme/new', t.description, t.who, t.why), t.code, null, t.test
)
from (
  values
  (null, null, 'why', '23514', 'somebody must want it'), (null, 'rm-1', null, '23514', 'there must be a reason'),
  (null, 'rm-1', U&' \200B', '23514', 'a reason that nobody can see is refused'),
  (null, 'nobody', 'why', 'OPS06', 'whoever wants it is a member'),
  (U&'\3164', 'rm-1', 'why', '23514', 'a description that nobody can see is refused'),
  (repeat('x', 8193), 'rm-1', 'why', '23514', 'a description of more than 8192 bytes is refused')
) as t (description, who, why, code, test);
select throws_ok(
  format('update ops.projects set project = %L where project = %L', 'acme/PAY', 'Acme/Pay'), '42501', null,
  'a project keeps its spelling'
);

-- A release and a policy get the spelling of the project.
select pg_temp.opened_by('service_role', null, t.name)
from unnest(array['ACME/pay', 'acme/pay']) as t (name);
select results_eq(
  $$ select r.project, r.release_name::text collate "default"
     from ops.releases r where lower(r.project) = 'acme/pay' $$,
  $$ values ('Acme/Pay', 'v1') $$, 'two spellings name one release, with the spelling of the project'
);
insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)
values ('acme/PAY', 'direct', 'dev', 'sha-1', 'dev-1');
select is(
  (
    select r.project
    from ops.releases as r
    where r.release_name = 'direct'
  ), 'Acme/Pay', 'a direct insert gets the spelling too'
);
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "unit"}]', 'acme/PAY');
select is(
  (
    select q.project
    from ops.gate_requirements as q
    where q.gate_code = 'G1' and q.subject = 'unit'
  ), 'Acme/Pay', 'a policy gets the spelling of the project'
);
select ops.open_release('aCME/pay', 'v2', 'production', 'sha-1', initiating_actor => 'dev-1');
select is(
  (
    select array_agg(f.subject)
    from ops.releases as r
    inner join ops.release_gates as g on r.release_id = g.release_id
    cross join lateral ops.gate_findings(g.gate_id) as f
    where r.release_name = 'v2' and g.gate_code = 'G1' and f.kind = 'check'
  ), array['unit'], 'a release in another spelling is judged by the policy of the project'
);

-- A project that nobody registered.
select throws_ok(t.statement, 'OPS04', null, t.description)
from (
  values
  ($$ select ops.open_release('acme/none', 'v1', 'dev', 'sha-1', initiating_actor => 'dev-1') $$,
  'the secret key is told that the project of a release is unknown'),
  ($$ select ops.open_release(' acme/pay', 'v1', 'dev', 'sha-1', initiating_actor => 'dev-1') $$,
  'a blank before the name is another name'),
  ($$ select ops.open_release(null, 'v1', 'dev', 'sha-1', initiating_actor => 'dev-1') $$,
  'a release needs a project'),
  ($$ select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "unit"}]', 'acme/none') $$,
  'the secret key is told that the project of a policy is unknown'),
  ($$ select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "unit"}]', '') $$,
  'a policy for an empty name is not the default policy'),
  ($$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)
      values ('acme/none', 'v1', 'dev', 'sha-1', 'dev-1') $$, 'a direct insert needs a registered project')
) as t (statement, description);
select matches(pg_temp.opened_by(t.role, t.subject, 'acme/none'), '^42501 you may not act for this project$',
  format('%s is not told whether a project is registered', t.role))
from (values ('ci_service_role', 'bot-1'), ('release_manager', 'rm-1')) as t (role, subject);
select throws_ok(
  format('select pg_temp.as_person(%L, %L, %L)', t.role, t.subject,
    'select ops.register_project(''acme/x'', null, ''rm-1'', ''why'')'),
  '42501', null, format('%s registers no project', t.role)
)
from (
  values
  ('ci_service_role', 'bot-1'), ('release_manager', 'rm-1'), ('developer', 'dev-1'), ('authenticated', 'dev-1')
) as t (role, subject);

select finish();
rollback;
