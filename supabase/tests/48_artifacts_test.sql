begin;
create extension if not exists pgtap with schema extensions;
select plan(16);

\ir helpers/functions.psql

-- The artifacts `named`: one for each letter, whose hash is 64 times the letter; `app b` is named app, the others by
-- their letter.
create function pg_temp.artifacts(variadic named text[]) returns jsonb
language sql immutable as $$
  select jsonb_build_object('artifacts', jsonb_agg(
    jsonb_build_object('name', split_part(n, ' ', 1), 'sha256', repeat(right(n, 1), 64))))
  from unnest(named) as n
$$;

set local role service_role;
\ir helpers/members.psql

-- What a deployment names.
select pg_temp.ready('named');
select is(
  pg_temp.deploy('named', 10, 'staging', 's1', 'in_progress', pg_temp.artifacts('web b', 'app A', 'app A', 'api c')),
  'accepted', 'a deployment may name artifacts'
);
select is(
  (pg_temp.deployment('named', 's1')).artifacts,
  pg_temp.artifacts('api c', 'app a', 'web b') -> 'artifacts',
  'the artifacts of a deployment are sorted, each once, with hashes in lower case'
);
select is(
  pg_temp.deploy('named', 11, 'staging', 's1', 'succeeded', pg_temp.artifacts('app a', 'web b', 'api c')), 'accepted',
  'a report of the same artifacts in another order is of the same deployment'
);
select is(
  pg_temp.deploy('named', 12, 'staging', 's1', 'succeeded', other.named), 'invalid_transition',
  'a known deployment that is reported with other artifacts is refused: ' || other.named::text
)
from (values
  ('{}'::jsonb), (pg_temp.artifacts('app a', 'web b')), (pg_temp.artifacts('app a', 'web b', 'api d')),
  (pg_temp.artifacts('app a', 'web b', 'api c', 'api d'))
) as other (named);
select is(
  pg_temp.deploy('named', 13, 'staging', 's2', 'in_progress', none.named), 'accepted',
  'no artifacts are null: ' || none.named::text
)
from (values ('{}'::jsonb), ('{"artifacts": []}'), ('{"artifacts": null}')) as none (named);
select is((pg_temp.deployment('named', 's2')).artifacts, null, 'a deployment that names none has none');
select is(
  pg_temp.deploy('named', 14, 'staging', 's2', 'succeeded', pg_temp.artifacts('app a')), 'invalid_transition',
  'a known deployment without artifacts that is reported with some is refused'
);
select is(
  pg_temp.deploy('named', 15, 'staging', bad.ref, 'in_progress', bad.named), 'invalid_payload',
  'what is no list of artifacts is refused: ' || bad.ref
)
from (values
  ('short hash', '{"artifacts": [{"name": "app", "sha256": "abc"}]}'::jsonb),
  ('no name', jsonb_build_object('artifacts', jsonb_build_array(jsonb_build_object('sha256', repeat('a', 64))))),
  ('too many', jsonb_build_object('artifacts', (
    select jsonb_agg(jsonb_build_object('name', n::text, 'sha256', repeat('a', 64)))
    from generate_series(1, 101) as n)))
) as bad (ref, named);
select throws_ok(
  format($$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, artifacts)
    values (%L, 'dev', 'd1', 'sha-1', 'in_progress', '[{"name": "app", "sha256": 1e130000}]') $$,
    pg_temp.release('named')),
  '23514', null, 'what is no list of artifacts cannot be inserted'
);

select finish();
rollback;
