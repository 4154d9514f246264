-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.notice_kinds_named (
  kinds text[]
)
  RETURNS ops.ops_notice_kind[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_all constant ops.ops_notice_kind[] := enum_range(null::ops.ops_notice_kind);
begin
  if kinds is null then
    return v_all;
  elsif array_ndims(kinds) > 1 or array_position(kinds, null) is not null or not kinds <@ v_all::text[] then
    raise exception using errcode = '22023', message = 'there is no such kind of notice',
      detail = 'the kinds are ' || array_to_string(v_all, ', '), hint = 'name some of them, or none for all';
  end if;
  return array(select k from unnest(v_all) as k where k::text = any (kinds));
end
$function$;

COMMENT ON FUNCTION "ops_private"."notice_kinds_named"(text[]) IS 'The kinds of notices with these names, each once; all of them for null. Raises 22023 when there is no such kind.';

REVOKE ALL ON FUNCTION "ops_private"."notice_kinds_named"(text[]) FROM PUBLIC;
