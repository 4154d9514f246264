-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.authorises (
  exception ops.exceptions,
  at        timestamp with time zone,
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.is_active(exception, at) and (ops_private.exception_approvals(exception, at, policy)).approved;
end
$function$;

COMMENT ON FUNCTION "ops_private"."authorises"(ops.exceptions, timestamp with time zone, ops_private.requirements_in_force[]) IS 'Whether an exception has an effect at a moment: it is active, enough release managers approve it, with all that policy asks of their approvals, and nobody objects to it. The only place of this rule.';

REVOKE ALL ON FUNCTION "ops_private"."authorises"(ops.exceptions, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
