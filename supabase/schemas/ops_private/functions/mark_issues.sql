-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.mark_issues (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when coalesce(jsonb_typeof(envelope -> 'imported'), 'null') not in ('null', 'boolean')
      then ops_private.issue('["imported"]', 'malformed', 'expected true or false')
    when ops_private.is_imported(envelope) and envelope -> 'event_type' = '"environment_event"'
      then ops_private.issue('["imported"]', 'mismatch',
        'expected no such mark: an environment event says how an environment is now')
    else '[]' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."mark_issues"(jsonb) IS 'The issues of the mark `imported` of an envelope, as an array; empty when there are none.';

REVOKE ALL ON FUNCTION "ops_private"."mark_issues"(jsonb) FROM PUBLIC;
