-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_unstorable()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = '23514', constraint = coalesce(tg_argv[1], 'sizes_are_bounded'),
    schema = tg_table_schema, table = tg_table_name, column = tg_argv[0],
    message = format('%s is too large, or holds a number that is too large', tg_argv[0]),
    hint = 'send at most 256 KiB of JSON, and only numbers that a double holds exactly';
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_unstorable"() IS 'Before insert or update, arguments: the column, and the constraint that bounds it (sizes_are_bounded). Raises 23514. The WHEN of its triggers calls it for a document that is too large to be kept, before any constraint is checked: the error of a constraint writes out the whole row, and 22 KB of 1e130000 become 1.2 GB.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_unstorable"() FROM PUBLIC;
