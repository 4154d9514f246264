-- One release in one answer, as it is or as it was at a past moment.

create function ops_private.release_part(release ops.releases, as_of timestamptz, past boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'release_id', release.release_id, 'project', release.project, 'release_name', release.release_name,
    'environment_target', release.environment_target, 'source_ref', release.source_ref,
    'scope_metadata', release.scope_metadata, 'initiating_actor', release.initiating_actor,
    'status', case when past then ops_private.release_status_of(release.release_id, as_of, past) else release.status end,
    'opened_at', release.created_at, 'opened_by', release.created_by,
    'closed_at', case when release.closed_at <= as_of then release.closed_at end,
    'closed_by', case when release.closed_at <= as_of then release.closed_by end,
    'close_reason', case when release.closed_at <= as_of then release.close_reason end);
end
$$;
comment on function ops_private.release_part(ops.releases, timestamptz, boolean) is
  'What a release is, and its status at a moment.';
revoke execute on function ops_private.release_part(ops.releases, timestamptz, boolean) from public;

create function ops_private.gates_part(release ops.releases, as_of timestamptz, past boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_by_whom constant boolean := ops_private.reads('ops.release_gates');
  v_gates ops.release_gates[] := '{}'::ops.release_gates[];
begin
  if not past then
    v_gates := ops_private.gates_at_present(release, ops_private.stored_gates(release.release_id));
  end if;
  return (
    select jsonb_agg(jsonb_build_object(
      'gate_id', (v.gate).gate_id, 'gate_code', (v.gate).gate_code, 'gate_name', (v.gate).gate_name,
      'status', (v.gate).status, 'exception_id', (v.gate).exception_id,
      'since', coalesce(g.resolved_at, g.entered_at, g.created_at),
      'resolved_by', case when v_by_whom then g.resolved_by end,
      'findings', coalesce((select jsonb_agg(to_jsonb(f)) from unnest(v.findings) as f), '[]')
    ) order by (v.gate).gate_code)
    from unnest((ops_private.judge(release, 'G1', as_of, in_full => true)).verdicts) as v
    left join unnest(v_gates) as g on g.gate_id = (v.gate).gate_id
  );
end
$$;
comment on function ops_private.gates_part(ops.releases, timestamptz, boolean) is
  'The gates of a release at a moment: the verdict on each and every finding. since is not replayed, so it is null for a past moment; resolved_by also for a role that may not read gates.';
revoke execute on function ops_private.gates_part(ops.releases, timestamptz, boolean) from public;

create function ops_private.where_it_may_go(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_to_staging constant jsonb := coalesce((
    select jsonb_agg(to_jsonb(b)) from ops_private.blockers_of(release, 'staging', as_of) as b), '[]');
  v_to_production constant jsonb := coalesce((
    select jsonb_agg(to_jsonb(b)) from ops_private.blockers_of(release, 'production', as_of) as b), '[]');
begin
  return jsonb_build_object(
    'eligible_for_staging', v_to_staging = '[]', 'eligible_for_production', v_to_production = '[]',
    'blockers', jsonb_build_object('staging', v_to_staging, 'production', v_to_production),
    'advice', coalesce((
      select jsonb_agg(to_jsonb(a))
      from ops_private.advice_of(release, release.environment_target, where_it_may_go.as_of) as a), '[]'));
end
$$;
comment on function ops_private.where_it_may_go(ops.releases, timestamptz) is
  'Where a release may go at a moment, what blocks it, and what is worth a look.';
revoke execute on function ops_private.where_it_may_go(ops.releases, timestamptz) from public;

create function ops_private.facts_part(release ops.releases, as_of timestamptz, past boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_own constant boolean := current_setting('role') <> 'developer'
    or ops_private.current_actor() in (release.initiating_actor, release.created_by);
  v_parts jsonb := jsonb_build_object(
    'checks', case when v_own and ops_private.reads('ops.gate_checks')
      then ops_private.checks_part(release, as_of) end,
    'artifacts', case when ops_private.reads('ops.build_artifacts')
      then ops_private.artifacts_part(release, as_of) end,
    'decisions', case when ops_private.reads('ops.approvals')
      then ops_private.decisions_part(release, as_of) end,
    'evidence', case when ops_private.reads('ops.evidence_artifacts')
      then ops_private.evidence_part(release, as_of) end,
    'exceptions', case when ops_private.reads('ops.exceptions')
      then ops_private.exceptions_part(release, as_of) end,
    'deployments', case when ops_private.reads('ops.deployments')
      then ops_private.deployments_part(release, as_of, past) end,
    'retirements', case when ops_private.reads('ops.retired_targets')
      then ops_private.retirements_part(release, as_of) end,
    'contested_reports', case when ops_private.reads('ops.contested_reports')
      then ops_private.contested_part(release, as_of) end,
    'dismissals', case when ops_private.reads('ops.dismissals')
      then ops_private.dismissals_part(release, as_of) end,
    'incidents', case when ops_private.reads('ops.incidents')
      then ops_private.incidents_part(release, as_of) end);
  v_name text;
  v_cut text[] := '{}'::text[];
begin
  for v_name in
    select p.key from jsonb_each(v_parts) as p
    where case jsonb_typeof(p.value) when 'array' then jsonb_array_length(p.value) > 200 end order by p.key
  loop
    v_cut := v_cut || v_name;
    v_parts := v_parts #- array[v_name, '200'];
  end loop;
  return v_parts || jsonb_build_object('cut', to_jsonb(v_cut));
end
$$;
comment on function ops_private.facts_part(ops.releases, timestamptz, boolean) is
  'The facts of a release until a moment. A part is null for a role that may not read its table; a developer gets the checks of their own releases. cut: the parts of which only the newest 200 are shown.';
revoke execute on function ops_private.facts_part(ops.releases, timestamptz, boolean) from public;

create function ops.release_overview(release_id uuid, as_of timestamptz default null) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_release ops.releases;
  v_past constant boolean := as_of is not null;
  v_as_of timestamptz;
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  v_release := ops_private.release_named(release_overview.release_id);
  v_as_of := case when v_past then ops_private.moment_named(v_release, release_overview.as_of)
    else ops_private.present(v_release) end;
  return jsonb_build_object(
      'as_of', v_as_of,
      'release', ops_private.release_part(v_release, v_as_of, v_past),
      'gates', ops_private.gates_part(v_release, v_as_of, v_past))
    || ops_private.where_it_may_go(v_release, v_as_of)
    || ops_private.facts_part(v_release, v_as_of, v_past)
    || case when v_past then jsonb_build_object(
      'release_id', v_release.release_id, 'seen', null, 'artifacts_digest',
      case when v_release.has_artifacts then ops_private.artifacts_digest(v_release.release_id, v_as_of) end)
      else ops_private.seen_of(v_release) end;
end
$$;
comment on function ops.release_overview(uuid, timestamptz) is
  'Everything about one release: release, gates (verdict and findings), eligible_for_staging, eligible_for_production, blockers, advice, and its facts: checks, artifacts, decisions, evidence, exceptions, deployments, retirements, contested_reports, dismissals, incidents. A part is null for a role that may not read its table: qa_tester gets checks, artifacts and evidence; sre deployments, retirements and incidents; developer the checks of their own releases. cut: the parts of which only the newest 200 are shown. artifacts_digest: of the artifacts on record, null without any; its first 12 digits end the key of a sign-off. seen: a gate_signoff that sends it is refused when the release has changed since. as_of: the answer for a past moment, by the facts known then; seen and since are null there. OPS04: no release that they may see. 22023: as_of is before the release was opened or in the future.';
revoke execute on function ops.release_overview(uuid, timestamptz) from public;
grant execute on function ops.release_overview(uuid, timestamptz) to
service_role, release_manager, qa_tester, sre, developer, audit_reader;
