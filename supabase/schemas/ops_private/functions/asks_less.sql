-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.asks_less (
  requirement jsonb,
  than        jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return requirement ->> 'enforcement' <> 'blocking'
    or (requirement ->> 'min_count')::integer < (than ->> 'min_count')::integer
    or exists (
      select from unnest('{not_initiator,one_gate,require_hash,own_token,aal2}'::text[]) as s (switch)
      where (than ->> s.switch)::boolean and not (requirement ->> s.switch)::boolean
    )
    or (than ->> 'aal2')::boolean and (requirement ->> 'accept_sso')::boolean and not (than ->> 'accept_sso')::boolean
    or than ? 'valid_for' and ((requirement ->> 'valid_for')::integer <= (than ->> 'valid_for')::integer) is not true
    or than ? 'approvers' and (than -> 'approvers' @> (requirement -> 'approvers')) is not true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."asks_less"(jsonb, jsonb) IS 'Whether a requirement (in normal form) asks less than a blocking one of the same kind and subject: it is advisory, min_count is lower, a switch is off that was on, single sign-on is accepted, approvals or evidence count for longer, or others than those named may approve.';

REVOKE ALL ON FUNCTION "ops_private"."asks_less"(jsonb, jsonb) FROM PUBLIC;
