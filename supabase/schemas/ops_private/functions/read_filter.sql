-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.read_filter (
  filter jsonb,
  reach  ops_private.reach[]
)
  RETURNS ops_private.wanted_releases
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_wanted ops_private.wanted_releases;
  v_status constant jsonb := nullif(filter -> 'status', 'null');
begin
  perform ops_private.require_filter(filter);
  v_wanted.projects := ops_private.projects_in(reach);
  if filter ->> 'project' is not null then
    -- One that is not registered, or not the caller's, has no releases to show, and nothing tells the two apart.
    v_wanted.projects := array(
      select p.project from ops.projects p
      where p.project = ops_private.project_or_null(filter ->> 'project')
        and (v_wanted.projects is null or p.project = any (v_wanted.projects)));
  end if;
  if v_status is not null then
    v_wanted.statuses := array(
      select s::ops.ops_release_status from jsonb_array_elements_text(
        case jsonb_typeof(v_status) when 'array' then v_status else jsonb_build_array(v_status) end) as s
      where s <> 'closed');
    v_wanted.closed := v_status @> '"closed"';
  end if;
  v_wanted.environment := (filter ->> 'environment')::ops.ops_environment;
  v_wanted.mine := filter -> 'mine' = 'true';
  v_wanted.waiting := filter -> 'waiting' = 'true';
  v_wanted.text := nullif(lower(filter ->> 'text'), '');
  return v_wanted;
end
$function$;

COMMENT ON FUNCTION "ops_private"."read_filter"(jsonb, ops_private.reach[]) IS 'A filter of releases, read for a person with these memberships. Raises 22023 when it is none.';

REVOKE ALL ON FUNCTION "ops_private"."read_filter"(jsonb, ops_private.reach[]) FROM PUBLIC;
