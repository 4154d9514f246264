-- Every verdict on some releases that was stored or answered, beside what the facts say: (subject, stored, derived).
-- Judging needs the owner, replay a caller's role. A stored verdict is the answer until judged_until of its release.

-- question: stored verdict = pure verdict
select
  concat_ws(' ', r.release_name, g.gate_code) as subject,
  concat_ws(', ', g.status, g.exception_id, g.first_missing, 'waits for ' || g.waits_for,
    case when g.evidence_gap then 'lacks evidence' end, nullif(g.missing::text, '{}')) as stored,
  concat_ws(', ', (v.gate).status, (v.gate).exception_id, (v.gate).first_missing, 'waits for ' || (v.gate).waits_for,
    case when (v.gate).evidence_gap then 'lacks evidence' end, nullif((v.gate).missing::text, '{}')) as derived
from ops.releases as r
cross join lateral unnest((ops_private.judge(
  r, 'G1', least(clock_timestamp(), r.judged_until - interval '1 microsecond'))).verdicts) as v
inner join ops.release_gates as g on g.gate_id = (v.gate).gate_id
where r.release_id = any (%(releases)s::uuid[]);

-- question: release status = its facts
select
  r.release_name, r.status::text, ops_private.release_status_of(r.release_id, clock_timestamp())::text
from ops.releases as r where r.release_id = any (%(releases)s::uuid[]);

-- question: what a release stores of its gates = its gates
select
  r.release_name, concat_ws(', ', r.cleared_for, r.gate_statuses),
  concat_ws(', ', case when s.statuses[2] = 'passed' then ops_private.cleared_for(
    r, s.statuses, least(clock_timestamp(), r.judged_until - interval '1 microsecond')) else 'dev' end, s.statuses)
from ops.releases as r
cross join lateral (
  select array_agg(g.status order by g.gate_code) as statuses from ops.release_gates as g where g.release_id = r.release_id
) as s
where r.release_id = any (%(releases)s::uuid[]);

-- question: deployment = its reports
select
  concat_ws(' ', d.release_id, d.deployment_ref),
  concat_ws(', ', d.status, d.status_observed_at, d.g4_status),
  concat_ws(', ', p.status, p.observed_at, ops_private.deployment_health(d.release_id, d.deployment_id, clock_timestamp()))
from ops.deployments as d
left join lateral (
  select p.status, p.observed_at from ops.deployment_reports as p where p.deployment_id = d.deployment_id
  order by ops_private.deployment_rank(p.status) desc, p.observed_at desc, p.status = 'failed' desc limit 1
) as p on true
where d.release_id = any (%(releases)s::uuid[]);

set local role service_role;

-- question: stored verdict = its replay
select
  concat_ws(' ', r.release_name, g.gate_code), g.status::text,
  ops.gate_status_at(g.gate_id, m.moment)
from ops.releases as r
cross join lateral (
  select least(clock_timestamp(), r.judged_until - interval '1 microsecond') as moment, r.release_id) as m
inner join ops.release_gates as g on g.release_id = m.release_id
where r.release_id = any (%(releases)s::uuid[]);

-- question: live eligibility = its replay
select
  concat_ws(' ', r.release_name, t.target),
  ops.is_eligible_for_promotion(r.release_id, t.target)::text,
  ops.was_eligible_for_promotion(r.release_id, t.target, clock_timestamp())::text
from ops.releases as r cross join unnest(array['dev', 'staging', 'production']) as t (target)
where r.release_id = any (%(releases)s::uuid[]);

-- question: not eligible = there are blockers
select
  concat_ws(' ', r.release_name, t.target),
  (not ops.is_eligible_for_promotion(r.release_id, t.target))::text,
  (exists (select from ops.promotion_blockers(r.release_id, t.target)))::text
from ops.releases as r cross join unnest(array['dev', 'staging', 'production']) as t (target)
where r.release_id = any (%(releases)s::uuid[]);

-- question: eligibility at deployment = its replay
select
  concat_ws(' ', r.release_name, d.deployment_ref),
  d.was_eligible::text,
  (d.source_ref = r.source_ref
    and ops.was_eligible_for_promotion(d.release_id, d.environment::text, d.created_at))::text
from ops.deployments as d inner join ops.releases as r on r.release_id = d.release_id
where d.rollback_of is null and d.release_id = any (%(releases)s::uuid[]);

-- question: answered verdict = its replay
select
  l.idempotency_key, l.result -> 'gate' ->> 'status_after',
  ops.gate_status_at((l.result -> 'gate' ->> 'gate_id')::uuid, l.created_at)
from ops.event_ingest_log as l
where l.processing_status = 'accepted' and l.result -> 'gate' ->> 'gate_id' is not null
  and l.release_id = any (%(releases)s::uuid[]);

reset role;
