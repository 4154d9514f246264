begin;
create extension if not exists pgtap with schema extensions;
select plan(40);

\ir helpers/functions.psql
\ir helpers/assurance.psql

set local role service_role;
\ir helpers/members.psql

select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"}, {"kind": "exception_approvals",
  "own_token": true}]', 'pgtap/project');

-- An approval that lacks the own token or second factor bars its person from nothing.
select pg_temp.grant_to('two-1', r.role) from (values ('qa_tester'), ('release_manager')) as r (role);
select pg_temp.grant_to('two-2', 'release_manager');
create function pg_temp.named_as(name text, gate text, who text, persona text) returns text
language sql as $$
  select coalesce(a ->> 'error', a #>> '{detail,unmet}', '-')
  from ops.ingest_event(pg_temp.event('gate_signoff', name, 120, jsonb_build_object(
    'decision', 'approved', 'approver_id', who, 'rationale_structured', '{"why": "known"}'::jsonb,
    'persona_role', persona), gate)) as a
$$;
-- Open `name` while an approval by a qa_tester on `gate` asks for `asked`, and G3 for one by a release manager.
create function pg_temp.asks(name text, gate text, asked jsonb) returns void
language sql as $$
  select pg_temp.set_policy(g.code, jsonb_path_query_array(jsonb_build_array(
    case g.code when 'G3' then '{"kind": "approval", "subject": "release_manager"}'::jsonb end,
    case g.code when asks.gate then asks.asked || '{"kind": "approval", "subject": "qa_tester"}' end
  ), '$[*] ? (@ != null)'), 'pgtap/project')
  from unnest(array['G2', 'G3']) as g (code);
  select pg_temp.open(name);
  select pg_temp.build(name, 1, 'pass');
$$;
-- The finding on the approval of G3 by release managers.
create function pg_temp.managers(name text) returns text
language sql as $$
  select f.state::text from ops.gate_findings(pg_temp.gate(name, 'G3')) as f
  where f.kind = 'approval' and f.subject = 'release_manager'
$$;
create temporary table barred as
select t.* from (values
  ('earlier gate, own token', 'G2', '{"own_token": true}'::jsonb, 'own_token', 'satisfied'),
  ('earlier gate, second factor', 'G2', '{"aal2": true}', 'aal2', 'satisfied'),
  ('earlier gate, not named', 'G2', '{"approvers": ["qa-1"]}', 'approvers', 'unsatisfied'),
  ('earlier gate, nothing asked', 'G2', '{}', '-', 'unsatisfied'),
  ('other role, own token', 'G3', '{"own_token": true}', 'own_token', 'satisfied'),
  ('other role, second factor', 'G3', '{"aal2": true}', 'aal2', 'satisfied'),
  ('other role, not named', 'G3', '{"approvers": ["qa-1"]}', 'approvers', 'unsatisfied'),
  ('other role, nothing asked', 'G3', '{}', '-', 'unsatisfied')
) as t (name, gate, asked, unmet, state);
grant select on barred to public;
select pg_temp.asks(b.name, b.gate, b.asked) from barred as b;
select is(pg_temp.named_as(b.name, b.gate, 'two-1', 'qa_tester'), b.unmet, 'an agent names somebody: ' || b.name)
from barred as b;
select pg_temp.sign(b.name, 120, 'G2', 'qa-2', 'approved', 'test_result')
from barred as b
where b.gate = 'G3';
select is(
  pg_temp.as_person('release_manager', 'two-1', format($q$
    select (exists (
      select from jsonb_array_elements(to_jsonb(ops.inbox()) -> 'items') as i
      where i ->> 'release_name' = %L and i ->> 'gate_code' = 'G3' and i ->> 'role' = 'release_manager'
        and i ->> 'kind' = 'sign_off'))::text $q$, b.name)),
  (b.state = 'satisfied')::text, 'who can still approve G3 is asked: ' || b.name
)
from barred as b
where b.gate = 'G3';
select is(pg_temp.own(b.name, 'G3', 'two-1'), '-', 'they approve G3 themselves: ' || b.name) from barred as b;
select is(pg_temp.managers(b.name), b.state, 'whether that counts: ' || b.name) from barred as b;

-- Nor from dismissing, nor from the review of an exception.
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "own_token": true}]', 'pgtap/project');
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "own_token": true}]',
  'pgtap/project');
create function pg_temp.may_dismiss(name text, who text) returns boolean
language plpgsql as $$
declare
  v_may boolean;
begin
  perform set_config('role', 'none', true);
  v_may := (select ops_private.is_dismisser(r, who) from ops.releases r where r.release_id = pg_temp.release(name));
  perform set_config('role', 'service_role', true);
  return v_may;
end
$$;
select pg_temp.open('dismisser');
select pg_temp.named_as('dismisser', 'G3', 'two-1', 'release_manager');
select is(pg_temp.may_dismiss('dismisser', 'two-1'), true, 'who was only named dismisses a stop');
select pg_temp.except_for('dismisser', '{G3}', 'two-1', false);
select is(pg_temp.may_dismiss('dismisser', 'two-1'), true, 'also when an exception was opened in their name');
select pg_temp.own('dismisser', 'G3', 'two-1');
select is(pg_temp.may_dismiss('dismisser', 'two-1'), false, 'who approved with their own token does not');
select pg_temp.except_for('dismisser', '{G3}', 'two-2', true);
select is(pg_temp.may_dismiss('dismisser', 'two-2'), false, 'nor who opened an exception with it');

create function pg_temp.offered(who text, id uuid) returns boolean
language sql as $$
  select pg_temp.as_person('release_manager', who, format($q$
    select exists (
      select from jsonb_array_elements(to_jsonb(ops.inbox()) -> 'items') as i
      where i ->> 'fact' = %L and i ->> 'kind' = 'exception_review')::text $q$, id))::boolean
$$;
create function pg_temp.review(who text, id uuid) returns text
language plpgsql as $$
begin
  return pg_temp.as_person('release_manager', who, format(
    'with written as (update ops.exceptions set post_review_status = ''complete'' where exception_id = %L returning 1)
     select count(*)::text from written', id));
exception when sqlstate 'OPS07' then
  perform set_config('role', 'service_role', true);
  return 'OPS07';
end
$$;
select pg_temp.open('reviewed');
create temporary table reviews as
select
  t.name,
  t.approves,
  t.said,
  pg_temp.except_for('reviewed', '{G3}', t.opener, t.opened_own) as id
from (values
  ('opened in their name', 'two-1', false, null::boolean, '1'),
  ('opened by themselves', 'two-1', true, null, 'OPS07'),
  ('approved in their name', 'two-2', true, false, '1'),
  ('approved by themselves', 'two-2', true, true, 'OPS07')
) as t (name, opener, opened_own, approves, said);
grant select on reviews to public;
select pg_temp.decide(r.id, 'two-1', r.approves)
from reviews as r
where r.approves is not null;
update ops.exceptions set revoked_at = now()
where exception_id in (select r.id from reviews as r);
select is(pg_temp.offered('two-1', r.id), r.said = '1', 'a review is offered to who may do it: ' || r.name)
from reviews as r;
select is(pg_temp.review('two-1', r.id), r.said, 'who approved an exception does not review it: ' || r.name)
from reviews as r;

select finish();
rollback;
