-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.changed_between (
  change ops.policy_changes,
  since  timestamp with time zone,
  until  timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.gate_requirements q
    where q.gate_code = change.gate_code and (q.project is null or q.project = change.project)
      and (q.valid_from > since and q.valid_from < until or q.valid_to > since and q.valid_to < until)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."changed_between"(ops.policy_changes, timestamp with time zone, timestamp with time zone) IS 'Whether a row of the gate of a change, of its project or of the defaults, came into force or out of it between two moments.';

REVOKE ALL ON FUNCTION "ops_private"."changed_between"(ops.policy_changes, timestamp WITH time zone, timestamp WITH time zone) FROM PUBLIC;
