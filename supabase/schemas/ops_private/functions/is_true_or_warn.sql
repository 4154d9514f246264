-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_true_or_warn (
  n ops.notices
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.is_still_true(n);
exception when others then
  if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
    raise; -- a retry can succeed
  end if;
  raise warning 'ops.due_notices: % of release % raised %', n.kind, n.release_id, sqlstate;
  return false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_true_or_warn"(ops.notices) IS 'As ops_private.is_still_true. An error that a retry does not solve is a warning, and no: what cannot be known of one release keeps nobody else waiting.';

REVOKE ALL ON FUNCTION "ops_private"."is_true_or_warn"(ops.notices) FROM PUBLIC;
