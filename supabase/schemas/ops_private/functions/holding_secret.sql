-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.holding_secret (
  envelope jsonb
)
  RETURNS ops_private.refusal
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_places jsonb := '[]'::jsonb;
begin
  if ops_private.holds_secret(envelope) then
    v_places := ops_private.secret_places(envelope);
  end if;
  if v_places = '[]' then
    return null;
  end if;
  return row('secret_in_payload', ops_private.listed((
    select jsonb_agg(ops_private.issue(p.path, 'secret',
      'expected no key, token, private key, or address with user info or a signature') -> 0)
    from jsonb_array_elements(v_places) as p (path)
  )))::ops_private.refusal;
end
$function$;

COMMENT ON FUNCTION "ops_private"."holding_secret"(jsonb) IS 'secret_in_payload, with the places, when a text of an envelope has a secret, in a name of a field too. Null when none has.';

REVOKE ALL ON FUNCTION "ops_private"."holding_secret"(jsonb) FROM PUBLIC;
