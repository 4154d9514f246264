-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_possible (
  change ops.policy_changes
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Put it in force, and undo that: so a proposal meets every rule that its confirmation will meet.
  perform ops_private.put_in_force(change);
  raise exception using errcode = 'OPS23', message = 'it can come into force';
exception when sqlstate 'OPS23' then
  null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_possible"(ops.policy_changes) IS 'Raises what would refuse a proposal at its confirmation now, and changes nothing.';

REVOKE ALL ON FUNCTION "ops_private"."require_possible"(ops.policy_changes) FROM PUBLIC;
