-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_same (
  subject text,
  handle  text
)
  RETURNS void
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if lower(refuse_same.subject collate "C") = lower(refuse_same.handle collate "C") then
    raise exception using errcode = '23514', constraint = 'handle_is_another_name', schema = 'ops',
      table = 'members', message = 'the handle and the subject of a member cannot be the same',
      detail = 'a subject can be replaced and gives nothing after that, but a handle stays',
      hint = 'name another handle; a new member may have none, and is found by the subject';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_same"(text, text) IS 'Raises 23514 when the subject and the handle of a member would be the same name; the handle may be null.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_same"(text, text) FROM PUBLIC;
