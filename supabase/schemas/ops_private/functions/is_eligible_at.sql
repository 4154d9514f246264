-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_eligible_at (
  release ops.releases,
  target  ops.ops_environment,
  now     timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.closed_at is not null then
    return false;
  elsif release.lapses_at <= is_eligible_at.now or exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and ops_private.authorises(x, is_eligible_at.now)
  ) then
    return not exists (select from ops_private.blockers_of(release, target, is_eligible_at.now));
  end if;
  return release.cleared_for >= target and not (target = 'production' and release.asks_beyond and exists (
    select from ops_private.find_production_policy(release, 'blocking', is_eligible_at.now)));
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_eligible_at"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'Whether a release is eligible for an environment now; the argument now is the present moment. While an exception has an effect, or after an approval or artifact lapsed, this judges the gates again, otherwise it uses the stored verdicts, and what policy asks of production.';

REVOKE ALL ON FUNCTION "ops_private"."is_eligible_at"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
