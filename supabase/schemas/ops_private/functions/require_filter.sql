-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_filter (
  filter jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_key text;
  v_value jsonb;
begin
  if (jsonb_typeof(filter) = 'object' and pg_column_size(filter) <= 8192) is not true then
    perform ops_private.refuse_filter('this value', 'a filter is an object of at most 8 KiB');
  end if;
  for v_key, v_value in select e.key, e.value from jsonb_each(filter) as e loop
    continue when v_value = 'null' and v_key in ('project', 'status', 'environment', 'mine', 'waiting', 'text');
    if (v_key in ('mine', 'waiting')) and jsonb_typeof(v_value) <> 'boolean' then
      perform ops_private.refuse_filter(v_key, 'true or false');
    elsif v_key in ('project', 'text') and jsonb_typeof(v_value) <> 'string' then
      perform ops_private.refuse_filter(v_key, 'a text');
    elsif v_key = 'environment'
      and not (jsonb_typeof(v_value) = 'string' and v_value <@ to_jsonb(enum_range(null::ops.ops_environment))) then
      perform ops_private.refuse_filter(v_key, 'dev, staging or production');
    elsif v_key = 'status' and (
      jsonb_typeof(v_value) = 'object' or v_value = '[]'
      or not v_value <@ (to_jsonb(enum_range(null::ops.ops_release_status)) || '"closed"')
    ) then
      perform ops_private.refuse_filter(
        v_key, 'draft, in_progress, promoted, failed, rolled_back or closed; or a list of these');
    elsif v_key not in ('project', 'status', 'environment', 'mine', 'waiting', 'text') then
      perform ops_private.refuse_filter(v_key, 'nobody knows this key');
    end if;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_filter"(jsonb) IS 'Raises 22023 unless this is a filter of releases: an object of at most 8 KiB with keys of the closed list, each with a value of its kind or null.';

REVOKE ALL ON FUNCTION "ops_private"."require_filter"(jsonb) FROM PUBLIC;
