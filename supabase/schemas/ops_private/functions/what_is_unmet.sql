-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.what_is_unmet (
  asked       ops_private.approval_conditions,
  approver_id text,
  assurance   ops.assurance,
  moment      timestamp with time zone
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when asked.own_token and assurance.own_token is not true then 'own_token'
    when asked.aal2 and (
      assurance.aal = 'aal2' and assurance.second_factor_at between moment - interval '12 hours' and moment
    ) is not true and (
      asked.accept_sso and assurance.sso_at between moment - interval '12 hours' and moment
    ) is not true then 'aal2'
    when approver_id <> all (asked.approvers) then 'approvers'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."what_is_unmet"(ops_private.approval_conditions, text, ops.assurance, timestamp with time zone) IS 'The first thing asked that an approval of that moment does not meet, by the name of the field: own_token, aal2 or approvers. Null when it meets all, also when nothing is asked. The only place of this rule.';

REVOKE ALL ON FUNCTION "ops_private"."what_is_unmet"(ops_private.approval_conditions, text, ops.assurance, timestamp WITH time zone) FROM PUBLIC;
