-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.counted_on_exception (
  exception ops.exceptions,
  release   ops.releases,
  decisions ops_private.standing_decision[],
  as_of     timestamp with time zone
)
  RETURNS ops_private.standing_decision[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select p
    from (
      -- Who opened it approves it, whatever was built since.
      select (exception.approver_id, 'release_manager', 'approved', null, exception.created_at, null,
        exception.unmet, null)::ops_private.standing_decision as p, true as of_these,
        exception.alone as alone
      union all
      select d, not release.has_artifacts
        or d.artifacts_digest is not distinct from ops_private.artifacts_digest(release.release_id, as_of), false
      from unnest(decisions) as d
    ) as e
    where e.of_these and (e.p).decision = 'approved' and (e.p).unmet is null
      and (e.alone or (e.p).approver_id <> release.initiating_actor and not (release.dismissed and exists (
        select from ops.dismissals d
        where d.release_id = release.release_id and d.created_by = (e.p).approver_id and d.created_at <= as_of
          -- Who dismisses alone had to: what they approved before still counts.
          and not (d.alone and (e.p).recorded_at < d.created_at)
      )))
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."counted_on_exception"(ops.exceptions, ops.releases, ops_private.standing_decision[], timestamp with time zone) IS 'The approvals of an exception that count at a moment, in every persona: that of its approver, and those by decision. Not those of the initiator of the release and of who dismissed something of it, unless they did so alone (exceptions.alone; dismissals.alone for what they approved before); not those of other artifacts, and not those that do not meet what policy asks.';

REVOKE ALL ON FUNCTION "ops_private"."counted_on_exception"(ops.exceptions, ops.releases, ops_private.standing_decision[], timestamp WITH time zone) FROM PUBLIC;
