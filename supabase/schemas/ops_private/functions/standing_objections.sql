-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_objections (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS TABLE (
    gate_id      uuid,
    exception_id uuid,
    said         ops_private.standing_decision
  )
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select s.gate_id, s.exception_id, d
  from (
    select distinct a.gate_id, a.exception_id from ops.approvals a
    where a.release_id = release.release_id and a.decision <> 'approved'
  ) as s
  left join ops.exceptions x on x.exception_id = s.exception_id
  cross join lateral ops_private.standing_decisions(
    release.release_id, s.gate_id, standing_objections.as_of, s.exception_id) as d
  where d.decision <> 'approved'
    -- One that ended needs no decision any more.
    and (s.exception_id is null or standing_objections.as_of < least(x.expires_at, x.revoked_at));
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_objections"(ops.releases, timestamp with time zone) IS 'The rejections and requests for changes that stand: on a gate, on an exception that has not ended, or on the release as a whole (neither).';

REVOKE ALL ON FUNCTION "ops_private"."standing_objections"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
