-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.retirements_part (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."retirements_part"(ops.releases, timestamp with time zone) IS 'The targets that were taken out for a release until a moment: who did it and why. is_out: the target was out then; a later deployment there brings it back.';

REVOKE ALL ON FUNCTION "ops_private"."retirements_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
