-- What a sender calls: claim what is due, and say what became of it.

create type ops.claimed_notice as (
  delivery_id uuid,
  attempt integer,
  notice_id uuid,
  format text,
  secret_name text,
  kind text,
  project text,
  release_id uuid,
  release_ref text,
  service text,
  source_sha text,
  gate text,
  environment text,
  persona text,
  happened_at timestamptz,
  same integer,
  detail jsonb
);
comment on type ops.claimed_notice is 'A delivery that a sender claimed, with all that its message says.';
comment on column ops.claimed_notice.delivery_id is 'The delivery, for ops.record_notice_outcome.';
comment on column ops.claimed_notice.attempt is 'The number of the try, from 1, for ops.record_notice_outcome.';
comment on column ops.claimed_notice.notice_id is
  'The id that receivers see and by which they drop repeats: the same at every try.';
comment on column ops.claimed_notice.format is 'How the message is written.';
comment on column ops.claimed_notice.secret_name is 'The name of the secret that holds address and key.';
comment on column ops.claimed_notice.kind is 'What is told.';
comment on column ops.claimed_notice.project is 'The project.';
comment on column ops.claimed_notice.release_id is 'The release.';
comment on column ops.claimed_notice.release_ref is 'The name of the release.';
comment on column ops.claimed_notice.service is
  'What was deployed, as one name: the project, and the target of the deployment unless that is default.';
comment on column ops.claimed_notice.source_sha is 'The source_ref of the release.';
comment on column ops.claimed_notice.gate is 'The gate. Null when it is about none.';
comment on column ops.claimed_notice.environment is 'The environment. Null when it is about none.';
comment on column ops.claimed_notice.persona is
  'The role of people for which the gate waits now. Null when there are several: the detail has them all.';
comment on column ops.claimed_notice.happened_at is 'When it became true.';
comment on column ops.claimed_notice.same is 'For how many notices the message stands.';
comment on column ops.claimed_notice.detail is
  '{"missing": [{"what", "remedy", "who"}], "text"}: at most 20 entries; each text at most 201 characters, of which a message says 200.';

create function ops_private.due_deliveries(most integer) returns setof ops.notice_deliveries
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with turns as materialized (
    select e.release_id, e.target_name, min(e.place) as place
    from ops.notice_deliveries e where e.ended_at is null and not e.yields
    group by e.release_id, e.target_name
  )
  select d.* from ops.notice_deliveries d
  left join turns as t on t.release_id = d.release_id and t.target_name = d.target_name
  where d.ended_at is null and d.due_at <= clock_timestamp()
    and (d.kind = 'ineligible_deployment' or t.place is null or d.place <= t.place)
  -- A target that hangs has many that are due, each for ten seconds: those of other targets go first.
  order by
    d.kind = 'ineligible_deployment' desc,
    (d.project, d.target_name::text) in (
      select f.project, f.target_name::text from ops.notice_deliveries f where f.ended_at is null and f.failures > 0),
    d.due_at, d.place
  limit most for update of d skip locked;
end
$$;
comment on function ops_private.due_deliveries(integer) is
  'Locks and returns deliveries that are due and that nobody else holds: of a release and target the first that is open, and those after it once it yields. A deployment that was not eligible never waits behind others; targets of which a try failed come last.';
revoke execute on function ops_private.due_deliveries(integer) from public;

create function ops_private.pause_after(failures integer) returns interval
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (array['1 minute', '5 minutes', '15 minutes', '1 hour', '2 hours', '4 hours', '6 hours', '12 hours']::interval[]
  )[failures];
end
$$;
comment on function ops_private.pause_after(integer) is
  'How long a delivery waits after so many failed tries: together a little more than a day. Null after the ninth: then it is set aside.';
revoke execute on function ops_private.pause_after(integer) from public;

create function ops_private.fail_delivery(d ops.notice_deliveries, error_code text, http_status integer default null)
returns ops.notice_deliveries
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_pause constant interval := ops_private.pause_after(d.failures + 1);
begin
  update ops.notice_deliveries u
  set
    state = case when v_pause is null then 'set_aside' else 'waiting' end::ops.ops_delivery_state,
    failures = u.failures + 1, yields = u.yields or u.failures >= 4,
    due_at = coalesce(clock_timestamp() + v_pause, u.due_at),
    last_error = fail_delivery.error_code, http_status = fail_delivery.http_status,
    ended_at = case when v_pause is null then clock_timestamp() end
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return d;
end
$$;
comment on function ops_private.fail_delivery(ops.notice_deliveries, text, integer) is
  'Records a try that failed: the delivery is due again after a pause, or set aside after the ninth. After the fifth the later ones of its release go on without it.';
revoke execute on function ops_private.fail_delivery(ops.notice_deliveries, text, integer) from public;

create function ops_private.claimed(d ops.notice_deliveries, n ops.notices, t ops.notice_targets)
returns ops.claimed_notice
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_waits constant text[] := case when n.kind = 'gate_waits' then ops_private.waits_now(n) end;
begin
  return (
    select row(
      d.delivery_id, d.attempt, n.notice_id, t.format, t.secret_name, n.kind, n.project, n.release_id, r.release_name,
      n.project || coalesce((
        select '/' || p.target from ops.deployments p
        where p.deployment_id = n.deployment_id and p.target <> 'default'), ''),
      r.source_ref, n.gate_code, n.environment, case when cardinality(v_waits) = 1 then v_waits[1] end,
      n.happened_at, d.same, ops_private.detail_of(n))::ops.claimed_notice
    from ops.releases r where r.release_id = n.release_id
  );
end
$$;
comment on function ops_private.claimed(ops.notice_deliveries, ops.notices, ops.notice_targets) is
  'What a sender needs to know of a delivery that it claimed.';
revoke execute on function ops_private.claimed(ops.notice_deliveries, ops.notices, ops.notice_targets) from public;

create function ops_private.claim(d ops.notice_deliveries) returns ops.claimed_notice
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  n ops.notices;
  t ops.notice_targets;
  v_asked boolean;
begin
  if d.state = 'claimed' then
    perform ops_private.fail_delivery(d, 'lease_expired'); -- its sender did not come back
    return null;
  end if;
  select w.* into n from ops.notices w where w.notice_id = d.notice_id;
  select s.* into t from ops.notice_targets s
  where s.project = d.project and s.target_name = d.target_name and s.replaced_at is null;
  v_asked := (n.kind = any (t.kinds)) is true and ops_private.is_still_true(n);
  update ops.notice_deliveries u
  set
    state = case when v_asked then 'claimed' else 'past' end::ops.ops_delivery_state,
    attempt = u.attempt + v_asked::integer,
    due_at = case when v_asked then clock_timestamp() + interval '60 seconds' else u.due_at end,
    ended_at = case when not v_asked then clock_timestamp() end
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return case when v_asked then ops_private.claimed(d, n, t) end;
end
$$;
comment on function ops_private.claim(ops.notice_deliveries) is
  'Claims a delivery for 60 seconds and returns its message. Null when it is not told now: nobody asks for it any more or it is not true any more (past), or the sender that held it did not come back, which is a try that failed.';
revoke execute on function ops_private.claim(ops.notice_deliveries) from public;

create function ops_private.claim_or_fail(d ops.notice_deliveries) returns ops.claimed_notice
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.claim(d);
exception when others then
  -- A delivery that cannot be read must not keep the others waiting.
  if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
    raise; -- a retry can succeed
  end if;
  raise warning 'ops.claim_notices: delivery % raised %', d.delivery_id, sqlstate;
  perform ops_private.fail_delivery(d, 'unexpected');
  return null;
end
$$;
comment on function ops_private.claim_or_fail(ops.notice_deliveries) is
  'As ops_private.claim. An error that a retry does not solve is a try that failed (unexpected).';
revoke execute on function ops_private.claim_or_fail(ops.notice_deliveries) from public;

create function ops_private.revive_merged(d ops.notice_deliveries) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  update ops.notice_deliveries u set state = 'waiting', due_at = clock_timestamp(), ended_at = null
  where u.delivery_id = (
    select o.delivery_id from ops.notice_deliveries o join ops.notices n on n.notice_id = o.notice_id
    where o.release_id = d.release_id and o.target_name = d.target_name and o.state = 'merged' and o.place < d.place
      and o.kind = d.kind and (o.gate_code, o.environment) is not distinct from (d.gate_code, d.environment)
      and o.begins_at = d.begins_at and ops_private.is_still_true(n)
      and exists (select from ops.notice_deliveries p where p.delivery_id = d.delivery_id and p.state = 'past')
    order by o.place desc limit 1);
end
$$;
comment on function ops_private.revive_merged(ops.notice_deliveries) is
  'Makes the newest of the deliveries for which one stood that is past wait again, if what it asks for is still asked: of two exceptions that are due for review, the older one when the newer one was reviewed.';
revoke execute on function ops_private.revive_merged(ops.notice_deliveries) from public;

create function ops.claim_notices(batch integer default 20) returns setof ops.claimed_notice
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write deliveries
as $$
declare
  d ops.notice_deliveries;
  v_claimed ops.claimed_notice;
  v_left integer := batch;
  v_ended integer := 1;
begin
  perform ops_private.require_role('service_role');
  perform ops_private.refuse_isolation();
  if (batch between 1 and 100) is not true then
    raise exception using errcode = '22023', message = 'this cannot be the size of a batch',
      hint = 'ask for 1 to 100 notices';
  end if;
  -- A notice that is not true any more is ended. Then the next delivery takes its place in the batch.
  for v_round in 1..20 loop
    exit when v_left = 0 or v_ended = 0;
    v_ended := 0;
    for d in select c.* from ops_private.due_deliveries(v_left) as c loop
      v_claimed := ops_private.claim_or_fail(d);
      if v_claimed.delivery_id is null then
        v_ended := v_ended + 1;
        if d.same > 1 then
          perform ops_private.revive_merged(d);
        end if;
      else
        v_left := v_left - 1;
        return next v_claimed;
      end if;
    end loop;
  end loop;
end
$$;
comment on function ops.claim_notices(integer) is
  'Claims up to batch (1 to 100) deliveries that are due, for 60 seconds, and returns them; two senders never hold the same one. Of a release and target one at a time, in order. Who does not record an outcome in time loses them; then they are claimed again, under the same notice_id. Only service_role may call it. 22023: batch out of range; OPS03 above read committed.';
revoke execute on function ops.claim_notices(integer) from public;
grant execute on function ops.claim_notices(integer) to service_role;

create function ops_private.refuse_outcome(outcome text, http_status integer, error_code text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if (outcome = 'delivered' and error_code is null or outcome = 'failed' and error_code in (
    'http_status', 'timeout', 'connection', 'tls', 'redirect', 'private_address', 'name_not_found', 'secret_missing',
    'secret_malformed', 'too_large', 'address_refused', 'unexpected')) is not true
    or http_status not between 100 and 599 then
    raise exception using errcode = '22023', message = 'this is no outcome of a delivery',
      detail = 'outcome is delivered, or failed with an error_code; http_status is 100 to 599, or null',
      hint = 'error_code is http_status, timeout, connection, tls, redirect, private_address, name_not_found, '
        'secret_missing, secret_malformed, too_large, address_refused or unexpected';
  end if;
end
$$;
comment on function ops_private.refuse_outcome(text, integer, text) is
  'Raises 22023 unless these say how a delivery ended.';
revoke execute on function ops_private.refuse_outcome(text, integer, text) from public;

create function ops.record_notice_outcome(
  delivery_id uuid, attempt integer, outcome text, http_status integer default null, error_code text default null
) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write deliveries
as $$
declare
  d ops.notice_deliveries;
begin
  perform ops_private.require_role('service_role');
  perform ops_private.refuse_outcome(outcome, http_status, error_code);
  select u.* into d from ops.notice_deliveries u
  where u.delivery_id = record_notice_outcome.delivery_id for update;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such delivery',
      hint = 'ops.claim_notices returns the delivery_id';
  elsif d.state = 'delivered' and d.attempt = record_notice_outcome.attempt and outcome = 'delivered' then
    return 'delivered'; -- said twice
  elsif d.state <> 'claimed' or d.attempt is distinct from record_notice_outcome.attempt then
    return 'overtaken';
  end if;
  if outcome = 'failed' then
    return (ops_private.fail_delivery(d, error_code, http_status)).state;
  end if;
  update ops.notice_deliveries u
  set state = 'delivered', http_status = record_notice_outcome.http_status, ended_at = clock_timestamp()
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return d.state;
end
$$;
comment on function ops.record_notice_outcome(uuid, integer, text, integer, text) is
  'Records how a claimed delivery ended: delivered, or failed with an error_code (http_status, timeout, connection, tls, redirect, private_address, name_not_found, secret_missing, secret_malformed, too_large, address_refused, unexpected). Returns its state: delivered, waiting (it is tried again), set_aside after the ninth failed try; or overtaken, and changes nothing, when this attempt is not the one that holds it. Only service_role may call it. OPS04: unknown delivery; 22023: no outcome.';
revoke execute on function ops.record_notice_outcome(uuid, integer, text, integer, text) from public;
grant execute on function ops.record_notice_outcome(uuid, integer, text, integer, text) to service_role;

create function ops.retry_notice(delivery_id uuid) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write deliveries
as $$
declare
  d ops.notice_deliveries;
begin
  perform ops_private.require_role('service_role');
  select u.* into d from ops.notice_deliveries u where u.delivery_id = retry_notice.delivery_id for update;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such delivery',
      hint = 'ops.notice_deliveries has the deliveries; `ops-gates notices list` shows them';
  elsif d.state in ('waiting', 'set_aside') then
    update ops.notice_deliveries u
    set state = 'waiting', failures = 0, due_at = clock_timestamp(), ended_at = null
    where u.delivery_id = d.delivery_id
    returning u.* into d;
  end if;
  return d.state;
end
$$;
comment on function ops.retry_notice(uuid) is
  'Makes a delivery that was set aside, or waits for its next try, due now, with all its tries. Later notices of the release that went on without it do not wait for it again. Returns its state; one that is claimed or ended otherwise is left as it is. Only service_role may call it. OPS04: unknown delivery.';
revoke execute on function ops.retry_notice(uuid) from public;
grant execute on function ops.retry_notice(uuid) to service_role;
