-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_release()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- ops.set_gate_policy takes this lock exclusively: so a release is opened before or after a change of policy.
  perform pg_advisory_xact_lock_shared(hashtextextended('table ops.gate_requirements', 0));
  new.project := ops_private.project_named(new.project);
  new.initiating_actor := ops_private.resolve_person(name => new.initiating_actor, project => new.project);
  new.source_ref := ops_private.source_ref_of(new.source_ref);
  if (new.status, new.cleared_for, new.gate_statuses) <> ('draft', 'dev', '{pending,pending,pending,pending}')
    or true in (new.excepted, new.contested, new.stopped, new.objected, new.retired, new.has_artifacts,
      new.dismissed)
    or num_nonnulls(new.judged_until, new.lapses_at, new.closed_at, new.closed_by, new.close_reason) > 0 then
    raise exception using errcode = 'OPS02', message = 'a new release must be a draft',
      hint = 'leave out status and all other derived columns; they follow from the facts';
  end if;
  new.recorded_until := clock_timestamp();
  select
    case when bool_or(q.valid_for is not null) then ops_private.never() end,
    coalesce(bool_or(q.kind in ('environment_healthy', 'objected_elsewhere')), false)
  into new.lapses_at, new.asks_beyond
  from ops.gate_requirements q where q.valid_to is null and coalesce(q.project, new.project) = new.project;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_release"() IS 'Before insert: waits for a running change of policy, finds the project, and resolves the initiator. A person must name themselves (42501), a machine must name a member (OPS06). Raises OPS04 when the project is not registered (42501 for people and pipelines), OPS02 when a derived column is set.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_release"() FROM PUBLIC;
