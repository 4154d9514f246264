-- The parts of the overview of one release, at a moment. Each is a list, the newest first, of 201 rows at most: one
-- more than is shown, so that it is known when there are more. Documents of any size (metadata, timelines, and a
-- rationale_structured of more than 2 KiB) are left out; who may read the tables finds them there.
--
-- The argument past: whether as_of is a past moment. Then a column that was changed since is as it was.

create function ops_private.reads(table_name text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return has_table_privilege(ops_private.caller_role(), table_name, 'select') is true;
end
$$;
comment on function ops_private.reads(text) is
  'Whether the role that the caller acts in may read a table of ops.';
revoke execute on function ops_private.reads(text) from public;

create function ops_private.checks_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.check_id), '[]') from (
      select gc.check_id, g.gate_code, gc.deployment_id, gc.check_name, gc.part, gc.source_system, gc.status,
        gc.trusted, gc.artifact_ref, gc.observed_at, gc.created_at, gc.created_by, gc.created_role
      from ops.gate_checks gc
      join ops.release_gates g on g.gate_id = gc.gate_id
      where gc.release_id = release.release_id and gc.created_at <= as_of
      order by gc.created_at desc, gc.check_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.checks_part(ops.releases, timestamptz) is 'The checks of a release until a moment.';
revoke execute on function ops_private.checks_part(ops.releases, timestamptz) from public;

create function ops_private.artifacts_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.name, f.sha256), '[]') from (
      select a.name, a.sha256 from ops_private.artifacts_on_record(release.release_id, as_of) as a
      where release.has_artifacts order by a.name, a.sha256 limit 201
    ) as f
  );
end
$$;
comment on function ops_private.artifacts_part(ops.releases, timestamptz) is
  'The artifacts of a release that were on record at a moment, by name.';
revoke execute on function ops_private.artifacts_part(ops.releases, timestamptz) from public;

create function ops_private.decisions_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.approval_id), '[]') from (
      select a.approval_id, a.scope, g.gate_code, a.exception_id, a.approver_id, a.persona_role, a.decision,
        a.rationale_text,
        -- `#> '{}'` decompresses the document first: the size of a compressed value is too small.
        case when pg_column_size(a.rationale_structured #> '{}') <= 2048 then a.rationale_structured end
          as rationale_structured, a.artifacts_digest, a.assurance, a.unmet, a.observed_at, a.created_at, a.created_by,
        a.created_role
      from ops.approvals a
      left join ops.release_gates g on g.gate_id = a.gate_id
      where a.release_id = release.release_id and a.created_at <= as_of
      order by a.created_at desc, a.approval_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.decisions_part(ops.releases, timestamptz) is
  'The decisions on a release (scope release), its gates (gate) and its exceptions (exception) until a moment. rationale_structured is null when it is too long to be shown.';
revoke execute on function ops_private.decisions_part(ops.releases, timestamptz) from public;

create function ops_private.evidence_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.artifact_id), '[]') from (
      select e.artifact_id, g.gate_code, e.check_id, e.deployment_id, e.approval_id, e.artifact_type, e.source_system,
        e.artifact_url, e.sha256, e.observed_at, e.created_at, e.created_by, e.created_role
      from ops.evidence_artifacts e
      left join ops.release_gates g on g.gate_id = e.gate_id
      where e.release_id = release.release_id and e.created_at <= as_of
      order by e.created_at desc, e.artifact_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.evidence_part(ops.releases, timestamptz) is
  'The evidence of a release until a moment.';
revoke execute on function ops_private.evidence_part(ops.releases, timestamptz) from public;

create function ops_private.exceptions_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.exception_id), '[]') from (
      select x.exception_id, x.exception_type, x.impacted_gates, x.reason, x.risk_statement, x.approver_id,
        x.effective_from, x.expires_at, s.approvals, s.needed as approvals_needed, s.objection,
        s.missing, x.assurance, x.unmet,
        ops_private.is_active(x, as_of) and s.approved as authorises,
        ops_private.exception_state(x, as_of, ops_private.is_active(x, as_of)) as state,
        case when x.revoked_at <= as_of then x.revoked_at end as revoked_at,
        case when x.revoked_at <= as_of then x.revoked_by end as revoked_by,
        case when x.reviewed_at <= as_of then x.post_review_status else 'pending' end as post_review_status,
        case when x.reviewed_at <= as_of then x.reviewed_at end as reviewed_at,
        case when x.reviewed_at <= as_of then x.reviewed_by end as reviewed_by,
        x.created_at, x.created_by, x.created_role
      from ops.exceptions x
      cross join lateral ops_private.exception_approvals(x, exceptions_part.as_of) as s
      where x.release_id = release.release_id and x.created_at <= as_of
      order by x.created_at desc, x.exception_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.exceptions_part(ops.releases, timestamptz) is
  'The exceptions of a release that were recorded until a moment, as they stood then. state: active, revoked, upcoming or expired. authorises: it had an effect.';
revoke execute on function ops_private.exceptions_part(ops.releases, timestamptz) from public;

create function ops_private.deployments_part(release ops.releases, as_of timestamptz, past boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.deployment_id), '[]') from (
      select d.deployment_id, d.environment, d.target, d.deployment_ref, d.deployed_at, d.deployed_by, d.source_ref,
        case when not past then d.status when e.undone_at is not null then 'rolled_back'
          else coalesce((e.ended).status, 'in_progress') end as status,
        case when not past then d.g4_status
          else ops_private.deployment_health(d.release_id, d.deployment_id, deployments_part.as_of) end as g4_status,
        d.rollback_of, d.rollback_known, d.artifacts, d.was_eligible, (
          select string_agg(b.value ->> 'requirement', '; ' order by b.ordinality)
          from jsonb_array_elements(d.blockers_at_deploy) with ordinality as b
        ) as why_not_eligible, d.excepted_by,
        case when release.retired then ops_private.target_retired_at(
          release, d.environment, d.target, deployments_part.as_of) end as target_retired_at,
        d.created_at, d.created_by, d.created_role
      from ops.deployments d
      cross join lateral (
        select ops_private.end_of(d.release_id, d.deployment_id, deployments_part.as_of) as ended,
          ops_private.undone_at(d.release_id, d.deployment_id, deployments_part.as_of) as undone_at
      ) as e
      where d.release_id = release.release_id and d.created_at <= as_of
      order by d.created_at desc, d.deployment_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.deployments_part(ops.releases, timestamptz, boolean) is
  'The deployments and rollbacks of a release until a moment, with the status and health that they had then, whether the release was eligible when they were recorded, and why not.';
revoke execute on function ops_private.deployments_part(ops.releases, timestamptz, boolean) from public;

create function ops_private.retirements_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.retirement_id), '[]') from (
      select t.retirement_id, t.environment, t.target, t.reason,
        ops_private.target_retired_at(release, t.environment, t.target, retirements_part.as_of) is not null as is_out,
        r.created_at, r.created_by, r.created_role
      from ops.retired_releases r
      join ops.retired_targets t on t.retirement_id = r.retirement_id
      where release.retired and r.release_id = release.release_id and r.created_at <= as_of
      order by r.created_at desc, t.retirement_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.retirements_part(ops.releases, timestamptz) is
  'The targets that were taken out for a release until a moment: who did it and why. is_out: the target was out then; a later deployment there brings it back.';
revoke execute on function ops_private.retirements_part(ops.releases, timestamptz) from public;

create function ops_private.contested_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.contested_id), '[]') from (
      select c.contested_id, g.gate_code, c.event_type, c.status, c.check_name, c.environment, c.target,
        c.deployment_ref, c.approver_id, c.persona_role, c.idempotency_key, c.error_code, c.observed_at, e.ended_at,
        c.created_at, c.created_by, c.created_role
      from ops.contested_reports c
      left join ops.release_gates g on g.gate_id = c.gate_id
      left join lateral (
        select min(x.created_at) as ended_at from ops.contested_report_ends x
        where x.release_id = c.release_id and x.contested_id = c.contested_id
          and x.created_at <= contested_part.as_of
      ) as e on true
      where release.contested and c.release_id = release.release_id and c.created_at <= as_of
      order by c.created_at desc, c.contested_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.contested_part(ops.releases, timestamptz) is
  'The contested reports of a release until a moment, and when each ended.';
revoke execute on function ops_private.contested_part(ops.releases, timestamptz) from public;

create function ops_private.dismissals_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.dismissal_id), '[]') from (
      select d.dismissal_id, d.kind, g.gate_code, d.exception_id, d.deployment_id, d.check_id, d.approval_id,
        d.contested_id, d.check_name, d.author, d.author_role, d.reason, d.created_at, d.created_by, d.created_role
      from ops.dismissals d
      left join ops.release_gates g on g.gate_id = d.gate_id
      where release.dismissed and d.release_id = release.release_id and d.created_at <= as_of
      order by d.created_at desc, d.dismissal_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.dismissals_part(ops.releases, timestamptz) is
  'What was dismissed of a release until a moment.';
revoke execute on function ops_private.dismissals_part(ops.releases, timestamptz) from public;

create function ops_private.incidents_part(release ops.releases, as_of timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.detected_at desc, f.incident_id), '[]') from (
      select i.incident_id, i.deployment_id, i.severity, i.detected_at,
        case when i.resolved_at <= as_of then i.resolved_at end as resolved_at, i.root_cause, i.postmortem_status,
        i.created_at, i.created_by, i.created_role
      from ops.deployments d
      join ops.incidents i on i.deployment_id = d.deployment_id
      where d.release_id = release.release_id and i.created_at <= as_of
      order by i.detected_at desc, i.incident_id limit 201
    ) as f
  );
end
$$;
comment on function ops_private.incidents_part(ops.releases, timestamptz) is
  'The incidents after the deployments of a release that were recorded until a moment. Severity, root_cause and postmortem_status are those of now: their changes are in the timeline.';
revoke execute on function ops_private.incidents_part(ops.releases, timestamptz) from public;
