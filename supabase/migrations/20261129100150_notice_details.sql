-- What a notice says, and whether it is still true.

create function ops_private.shortened(words text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return left(words, 201);
end
$$;
comment on function ops_private.shortened(text) is 'The first 201 characters of a text: a message says 200 of them, and the sender sees that there are more.';
revoke execute on function ops_private.shortened(text) from public;

create function ops_private.missing_of(findings ops.gate_finding[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'what', ops_private.shortened(concat_ws(': ', m.requirement, m.detail)), 'remedy', ops_private.shortened(m.remedy), 'who', m.who
    ) order by m.ordinality), '[]')
    from unnest(findings) with ordinality as m where m.ordinality <= 20
  );
end
$$;
comment on function ops_private.missing_of(ops.gate_finding[]) is
  'What a message says of findings: at most 20, each text at most 201 characters, of which a message says 200.';
revoke execute on function ops_private.missing_of(ops.gate_finding[]) from public;

create function ops_private.exception_told(x ops.exceptions, kind ops.ops_notice_kind) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'text', ops_private.shortened(format('%s for %s: %s', x.exception_type, array_to_string(x.impacted_gates, ', '), x.reason)),
    'missing', case kind
      when 'exception_opened' then '[]'::jsonb
      when 'exception_ends' then jsonb_build_array(jsonb_build_object(
        'what', format('it ends at %s', to_char(x.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
        'remedy', 'meet what it covers, or open another exception', 'who', 'release_manager'))
      else jsonb_build_array(jsonb_build_object(
        'what', 'it has ended and nobody reviewed it', 'remedy', 'review it: ops-gates exception review',
        'who', 'release_manager')) end);
end
$$;
comment on function ops_private.exception_told(ops.exceptions, ops.ops_notice_kind) is
  'What a message says of an exception.';
revoke execute on function ops_private.exception_told(ops.exceptions, ops.ops_notice_kind) from public;

create function ops_private.deployment_told(d ops.deployments, kind ops.ops_notice_kind) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'text', ops_private.shortened(format('%s to %s, %s', d.deployment_ref, d.environment, d.target)),
    'missing', case when kind = 'ineligible_deployment'
      then ops_private.missing_of(array(
        select f from jsonb_populate_recordset(null::ops.gate_finding, d.blockers_at_deploy) as f))
      else jsonb_build_array(jsonb_build_object(
        'what', 'nobody reported how it ended', 'who', ops_private.gate_owner('G4'),
        'remedy', 'report how it ended, or deploy again; a release manager may dismiss it after 24 hours')) end);
end
$$;
comment on function ops_private.deployment_told(ops.deployments, ops.ops_notice_kind) is
  'What a message says of a deployment.';
revoke execute on function ops_private.deployment_told(ops.deployments, ops.ops_notice_kind) from public;

create function ops_private.contested_told(c ops.contested_reports, gate_code ops.ops_gate_code) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_told constant jsonb := ops_private.contested_in_answer(c, gate_code);
begin
  return jsonb_build_object(
    'text', ops_private.shortened(concat_ws(': ', c.status, v_told ->> 'subject')),
    'missing', jsonb_build_array(jsonb_build_object(
      'what', ops_private.shortened(format('a refused report says %s', c.status)), 'remedy', ops_private.shortened(v_told ->> 'remedy'),
      'who', v_told ->> 'who')));
end
$$;
comment on function ops_private.contested_told(ops.contested_reports, ops.ops_gate_code) is
  'What a message says of a contested report.';
revoke execute on function ops_private.contested_told(ops.contested_reports, ops.ops_gate_code) from public;

create function ops_private.detail_of(n ops.notices) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when n.contested_id is not null then (
      select ops_private.contested_told(c, n.gate_code) from ops.contested_reports c
      where c.contested_id = n.contested_id)
    when n.exception_id is not null then (
      select ops_private.exception_told(x, n.kind) from ops.exceptions x where x.exception_id = n.exception_id)
    when n.gate_code is not null then (
      select jsonb_build_object(
        'text', ops_private.shortened(concat_ws(': ', g.gate_name, g.first_missing)), 'missing', ops_private.missing_of(g.missing))
      from ops.release_gates g where g.release_id = n.release_id and g.gate_code = n.gate_code)
    when n.deployment_id is not null then (
      select ops_private.deployment_told(d, n.kind) from ops.deployments d where d.deployment_id = n.deployment_id)
    else jsonb_build_object('text', n.environment, 'missing', '[]'::jsonb)
  end;
end
$$;
comment on function ops_private.detail_of(ops.notices) is
  'What a message says beside its kind and release, by the facts and verdicts that are stored now.';
revoke execute on function ops_private.detail_of(ops.notices) from public;

create function ops_private.waits_now(n ops.notices) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
  v_gates constant ops.release_gates[] := ops_private.stored_gates(n.release_id);
begin
  select r.* into v_release from ops.releases r where r.release_id = n.release_id;
  if v_release.closed_at is not null then
    return '{}'::text[];
  end if;
  return coalesce((
    select array(select p from unnest(ops_private.awaited_at(g)) as p where p = any (n.personas))
    from unnest(ops_private.gates_in_turn(v_release, v_gates, clock_timestamp())) as g
    where g.gate_code = n.gate_code
  ), '{}');
end
$$;
comment on function ops_private.waits_now(ops.notices) is
  'Those of the roles that a notice was written for, for which its gate still waits.';
revoke execute on function ops_private.waits_now(ops.notices) from public;

create function ops_private.is_still_true(n ops.notices) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case n.kind
    when 'gate_waits' then ops_private.waits_now(n) <> '{}'
    when 'gate_failed' then exists (
      select from ops.release_gates g join ops.releases r on r.release_id = g.release_id
      where g.release_id = n.release_id and g.gate_code = n.gate_code and g.status = 'failed' and r.closed_at is null)
    when 'exception_ends' then exists (
      select from ops.exceptions x join ops.releases r on r.release_id = x.release_id
      where x.exception_id = n.exception_id and x.revoked_at is null and x.expires_at > clock_timestamp()
        and r.closed_at is null)
    when 'exception_review_due' then exists (
      select from ops.exceptions x where x.exception_id = n.exception_id and x.post_review_status = 'pending')
    when 'deployment_unended' then exists (
      -- ops_private.deployments_at leaves out a deployment that was dismissed.
      select from ops.deployments d join ops.releases r on r.release_id = d.release_id
      where d.deployment_id = n.deployment_id and d.status = 'in_progress' and r.closed_at is null and exists (
        select from ops_private.deployments_at(n.release_id, 'infinity') as w where w.deployment_id = d.deployment_id))
    -- Notices of the other kinds tell what happened, so they stay true.
    else true
  end;
end
$$;
comment on function ops_private.is_still_true(ops.notices) is
  'Whether what a notice asks for is still asked. What only says that something happened stays true.';
revoke execute on function ops_private.is_still_true(ops.notices) from public;
