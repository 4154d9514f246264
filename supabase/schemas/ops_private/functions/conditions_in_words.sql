-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.conditions_in_words (
  asked ops_private.approval_conditions
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(' (' || nullif(concat_ws('; ',
    'of these: ' || ops_private.names_in_words(asked.approvers),
    case when asked.own_token then 'with their own token' end,
    case when asked.aal2 then format('with a second factor%s of the last 12 hours',
      case when asked.accept_sso then ' or single sign-on' else '' end) end), '') || ')', '');
end
$function$;

COMMENT ON FUNCTION "ops_private"."conditions_in_words"(ops_private.approval_conditions) IS 'What is asked of each approval, in brackets, to be added to a sentence. Empty when nothing is.';

REVOKE ALL ON FUNCTION "ops_private"."conditions_in_words"(ops_private.approval_conditions) FROM PUBLIC;
