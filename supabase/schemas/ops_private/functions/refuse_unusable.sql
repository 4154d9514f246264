-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_unusable (
  subject text,
  handle  text
)
  RETURNS void
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Ask before the constraints do: their error would write out the whole row.
  if (
    ops_private.is_member_name(refuse_unusable.subject)
    and coalesce(ops_private.is_member_name(refuse_unusable.handle), true)
  ) is not true then
    raise exception using errcode = '23514', constraint = 'names_are_printable_ascii', schema = 'ops',
      table = 'members', message = 'this subject or handle is not usable',
      hint = 'use 1 to 255 printable ASCII characters without blanks, and not service_role';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_unusable"(text, text) IS 'Raises 23514 unless these can be the subject and the handle of a member; the handle may be null.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_unusable"(text, text) FROM PUBLIC;
