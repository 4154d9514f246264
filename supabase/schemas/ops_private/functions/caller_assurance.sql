-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.caller_assurance (
  moment timestamp with time zone
)
  RETURNS ops.assurance
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_claims constant text := current_setting('request.jwt.claims', true);
begin
  if not ops_private.is_person_role(current_setting('role')) then
    return row(false, null, null, null)::ops.assurance;
  elsif (session_user = 'authenticator' or pg_has_role(session_user, current_user, 'usage')) is not true then
    -- PostgREST verifies tokens, and connects as authenticator. The owner may say who decides. Nobody else may.
    return row(false, null, null, null)::ops.assurance;
  elsif octet_length(v_claims) > 65536 then
    return row(true, null, null, null)::ops.assurance;
  end if;
  return ops_private.assurance_in(v_claims::jsonb, moment);
end
$function$;

COMMENT ON FUNCTION "ops_private"."caller_assurance"(timestamp with time zone) IS 'What the token of the caller says at a moment of a decision by the caller. own_token is false for a machine, for the owner of the database, and in a session that is neither PostgREST''s nor the owner''s. Of a token of more than 64 KiB only own_token is known. Call it in a definer of the schema owner.';

REVOKE ALL ON FUNCTION "ops_private"."caller_assurance"(timestamp WITH time zone) FROM PUBLIC;
