-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.decide_command (
  release_id   uuid,
  exception_id uuid
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return format('ops-gates decide %s --decision approved --reason …', release_id)
    || case when exception_id is not null then format(' --exception %s', exception_id) else '' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."decide_command"(uuid, uuid) IS 'The command by which a person approves a release as a whole (exception_id null), or an exception for it.';

REVOKE ALL ON FUNCTION "ops_private"."decide_command"(uuid, uuid) FROM PUBLIC;
