-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.retire_target (
  project     text,
  environment text,
  target      text,
  reason      text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  x ops.retired_targets;
  v_releases ops.releases[];
begin
  perform ops_private.require_role('release_manager');
  x := ops_private.retirement_of(
    retire_target.project, retire_target.environment, retire_target.target, retire_target.reason);
  v_releases := ops_private.hold_deployed_releases(x);
  if v_releases = '{}' then
    -- The same again: an answer that got lost, and its retry.
    select o.* into x from ops.retired_targets o
    where (o.project, o.environment, o.target) = (x.project, x.environment, x.target)
    order by o.created_at desc limit 1;
  end if;
  if v_releases = '{}' and x.retirement_id is null then
    perform ops_private.refuse_retirement();
  elsif exists (
    select from ops.releases own
    where own.project = x.project and own.initiating_actor = ops_private.current_person() and own.closed_at is null
      and exists (
        select from ops.deployments d
        where d.release_id = own.release_id and d.environment = x.environment and d.target = x.target
      )
  ) then
    raise exception using errcode = '42501', message = 'you initiated a release that was deployed there',
      hint = 'ask another release_manager, who initiated none of them';
  end if;
  if v_releases <> '{}' then
    x := ops_private.retire(x, v_releases);
  end if;
  return jsonb_build_object(
    'retirement_id', x.retirement_id, 'project', x.project, 'environment', x.environment, 'target', x.target,
    'releases', ops_private.releases_without_target(x));
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."retire_target"(text, text, text, text) TO "release_manager";

COMMENT ON FUNCTION "ops"."retire_target"(text, text, text, text) IS 'Takes a target (a region, a cluster, a tenant) of an environment out, for the releases of the project that were deployed there and are not closed: G4, the staging blocker and the status of the release no longer look at it. Judges these releases again, and returns what became of each; retired_failed says that its newest deployment there had failed. A later deployment of a release there brings the target back for it. The same again changes nothing, and tells what is so now. Only a release_manager may call it, who initiated none of these releases (42501). OPS04: no release is deployed there. 22023: unknown environment. 23514: an argument is missing or too long. At most 1000 releases can be concerned.';

REVOKE ALL ON FUNCTION "ops"."retire_target"(text, text, text, text) FROM PUBLIC;
