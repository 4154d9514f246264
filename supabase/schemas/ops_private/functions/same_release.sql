-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.same_release (
  release            ops.releases,
  environment_target text,
  source_ref         text,
  scope_metadata     jsonb,
  initiating_actor   text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_differs constant text := case
    when release.source_ref is distinct from same_release.source_ref then 'source_ref'
    when release.environment_target::text is distinct from same_release.environment_target then 'environment_target'
    when release.scope_metadata <> coalesce(same_release.scope_metadata, '{}') then 'scope_metadata'
    when release.initiating_actor
      <> coalesce(ops_private.member_subject(same_release.initiating_actor), same_release.initiating_actor)
      then 'initiating_actor'
  end;
begin
  if release.closed_at is not null then
    raise exception using errcode = 'OPS09', message = 'the release of this name is closed',
      detail = format('release_id %s was closed by %s at %s: %s', release.release_id, release.closed_by,
        release.closed_at, release.close_reason),
      hint = 'choose another release_name';
  elsif v_differs is not null then
    raise exception using errcode = 'OPS09', message = format('the release exists with another %s', v_differs),
      detail = format('release_id %s', release.release_id),
      hint = 'choose another release_name, or use the release that exists';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."same_release"(ops.releases, text, text, jsonb, text) IS 'Raises OPS09, naming the first argument that differs, unless the release was opened with these arguments; also when it is closed, with when, by whom and why. A missing initiator is not a difference.';

REVOKE ALL ON FUNCTION "ops_private"."same_release"(ops.releases, text, text, jsonb, text) FROM PUBLIC;
