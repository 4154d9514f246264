-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.assurance_in (
  claims jsonb,
  moment timestamp with time zone
)
  RETURNS ops.assurance
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_amr constant jsonb := claims -> 'amr';
  -- The clock of Supabase Auth may be a little ahead of this server's. What it says is stamped once, for ever.
  v_latest constant jsonb := to_jsonb(extract(epoch from moment + interval '60 seconds'));
  v_assurance ops.assurance := row(true, null, null, null)::ops.assurance;
begin
  if claims -> 'aal' in ('"aal1"', '"aal2"') then
    v_assurance.aal := claims ->> 'aal';
  end if;
  if jsonb_typeof(v_amr) = 'array' and jsonb_array_length(v_amr) <= 100 then
    -- Numbers are compared as they are: the text of a short one may be long.
    select
      max(least(moment, to_timestamp((e.value -> 'timestamp')::float8)))
        filter (where e.value -> 'method' in ('"totp"', '"mfa/phone"', '"mfa/webauthn"')),
      max(least(moment, to_timestamp((e.value -> 'timestamp')::float8)))
        filter (where e.value -> 'method' = '"sso/saml"')
    into v_assurance.second_factor_at, v_assurance.sso_at
    from jsonb_array_elements(v_amr) as e
    where jsonb_typeof(e.value) = 'object' and jsonb_typeof(e.value -> 'timestamp') = 'number'
      and e.value -> 'timestamp' >= '1' and e.value -> 'timestamp' <= v_latest;
  end if;
  return v_assurance;
end
$function$;

COMMENT ON FUNCTION "ops_private"."assurance_in"(jsonb, timestamp with time zone) IS 'What the claims of a person''s own token say at a moment. `amr` is a list of {method, timestamp in seconds}, as Supabase Auth writes it. An entry of another shape or more than 60 seconds after the moment says nothing; one within these 60 seconds is of the moment, since the clock of Supabase Auth may be ahead. A list of more than 100 says nothing.';

REVOKE ALL ON FUNCTION "ops_private"."assurance_in"(jsonb, timestamp WITH time zone) FROM PUBLIC;
