-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_now (
  exception ops.exceptions,
  OUT       approvals bigint,
  OUT       needed integer,
  OUT       objection text,
  OUT       approved boolean,
  OUT       missing text
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.exceptions', 'ops.approvals');
  select a.approvals, a.needed, a.objection, a.approved, a.missing
  into exception_now.approvals, exception_now.needed, exception_now.objection, exception_now.approved,
    exception_now.missing
  from ops_private.exception_approvals(exception, 'infinity') as a;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_now"(ops.exceptions) IS 'What the decisions on an exception say now, as ops_private.exception_approvals. For views. Raises 42501 when the caller may not read exceptions and approvals.';
