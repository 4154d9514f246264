-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.ever_approved (
  exception ops.exceptions,
  person    text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (person = exception.approver_id and not ops_private.is_unsure(exception.unmet)) is true or exists (
    select from ops.approvals a
    where a.release_id = exception.release_id and a.exception_id = exception.exception_id
      and a.decision = 'approved' and a.approver_id = person and not ops_private.is_unsure(a.unmet)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."ever_approved"(ops.exceptions, text) IS 'Whether a person is the approver of an exception, or ever approved it with a decision: then they cannot review it. An approval that is not surely theirs keeps nobody from it. False for nobody (null).';

REVOKE ALL ON FUNCTION "ops_private"."ever_approved"(ops.exceptions, text) FROM PUBLIC;
