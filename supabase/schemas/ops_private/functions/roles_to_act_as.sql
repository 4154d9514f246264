-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.roles_to_act_as (
  senders  text[],
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release constant text := ops_private.short_text(envelope -> 'release_id');
  v_project text;
  v_roles text[];
begin
  if v_release is not null then
    select r.project into v_project from ops.releases r where r.release_id = ops_private.uuid_or_null(v_release);
  end if;
  v_roles := array(
    select s.role from unnest(senders) as s (role)
    where s.role <> current_setting('role') and (v_release is null or v_project is not null)
      and ops_private.holds(ops_private.current_actor(), s.role, v_project) order by s.role);
  return case when v_roles = '{}' then '{}' else jsonb_build_object('act_as', v_roles) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."roles_to_act_as"(text[], jsonb) IS '{act_as: the roles that the caller holds, beside the one that they act in, and that may send an event}; empty when they hold none. With a release_id only roles that they hold in the project of that release count: so one that does not exist and one of others are answered alike.';

REVOKE ALL ON FUNCTION "ops_private"."roles_to_act_as"(text[], jsonb) FROM PUBLIC;
