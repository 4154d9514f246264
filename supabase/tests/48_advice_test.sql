begin;
create extension if not exists pgtap with schema extensions;
select plan(8);

\ir helpers/functions.psql

-- The kinds of the advisory findings on promoting the release `name` to `target`, in order.
create function pg_temp.advice(name text, target text) returns text[]
language sql as $$
  select array(select a.kind::text from ops.promotion_advice(pg_temp.release(name), target) as a order by a.kind)
$$;

set local role service_role;
\ir helpers/members.psql

-- A source_ref that can move.
select ops.open_release(
  'pgtap/project', 'ref ' || r.source_ref, 'production', r.source_ref, initiating_actor => 'dev-1'
)
from (values
  (repeat('a1', 20)), (repeat('0f', 32)), ('refs/tags/v1.4.0'), ('main'), ('refs/heads/main'), ('v1.4.0'),
  ('refs/tag/v1'), (repeat('a1', 20) || 'a'), (repeat('a1', 31)), ('xrefs/tags/v1')
) as r (source_ref);
select pg_temp.same_rows(
  $$ select r.source_ref::text collate "default" from ops.releases r
     where r.release_name like 'ref %' and pg_temp.advice(r.release_name, 'production') = '{}' $$,
  $$ values (repeat('a1', 20)), (repeat('0f', 32)), ('refs/tags/v1.4.0') $$,
  'only a full commit id, or a name that begins with refs/tags/, cannot move'
);
select is(
  array(select pg_temp.advice('ref main', t) from unnest(array['dev', 'staging', 'production']) as t),
  array[array['moving_ref'], array['moving_ref'], array['moving_ref']],
  'a source_ref that can move is advice for every environment'
);
select pg_temp.same_rows(
  $$ select gate_code::text, subject, enforcement::text, state::text, who, '' not in (requirement, detail, remedy)
     from ops.promotion_advice(pg_temp.release('ref main'), 'dev') $$,
  $$ values (null::text, 'main', 'advisory', 'unsatisfied', 'release_manager', true) $$,
  'advice says what was found, what to do and who can'
);
select pg_temp.ready('plain');
select is(pg_temp.eligible('plain', 'production'), true, 'advice does not keep a release out');
select is(
  array(select b.kind::text from ops.promotion_blockers(pg_temp.release('plain'), 'production') as b), '{}',
  'advice is no blocker'
);

-- The answer to a deployment.
create function pg_temp.advised(ref text, status text, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_path_query_array(
    ops.ingest_event(pg_temp.event('deployment_event', 'plain', 120, jsonb_build_object(
      'environment', 'staging', 'deployment_ref', ref, 'status', status, 'source_ref', 'sha-1') || more)),
    '$.detail.advice[*].kind')
$$;
select is(pg_temp.advised('d-1', 'in_progress'), '["moving_ref"]', 'the answer to a judged deployment has the advice');
select is(pg_temp.advised('d-1', 'succeeded'), '["moving_ref"]', 'it has it again when the deployment succeeded');
select is(pg_temp.advised('d-2', 'failed'), '[]', 'a deployment that was not judged has no advice');

select finish();
rollback;
