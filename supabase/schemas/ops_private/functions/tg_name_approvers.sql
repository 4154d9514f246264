-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_name_approvers()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.approvers := ops_private.approvers_named(new.approvers, new.project);
  perform ops_private.require_able_approvers(
    new.approvers, case new.kind when 'approval' then new.subject else 'release_manager' end, new.project);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_name_approvers"() IS 'Before insert: writes the approvers as their member rows spell them. Raises OPS06 for somebody who is no active person, and when none of them holds the role in which they are to approve; OPS10 for a list that is none.';

REVOKE ALL ON FUNCTION "ops_private"."tg_name_approvers"() FROM PUBLIC;
