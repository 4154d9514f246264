-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_target (
  target      text,
  format      text,
  secret_name text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if ops_private.is_name(refuse_target.target) is not true then
    raise exception using errcode = '23514', constraint = 'is_a_name_in_visible_characters', schema = 'ops',
      table = 'notice_targets', column = 'target_name', message = 'this cannot be the name of a target',
      hint = 'use 1 to 255 bytes of visible characters, for example releases';
  elsif (refuse_target.format = any (enum_range(null::ops.ops_notice_format)::text[])) is not true then
    raise exception using errcode = '22023', message = 'there is no such format of notices',
      detail = 'the formats are webhook, slack, teams and cdevents', hint = 'name one of them in lower case';
  elsif (refuse_target.secret_name ~ '^OPS_NOTICE_[A-Z0-9_]{1,50}$'
    and refuse_target.secret_name not in ('OPS_NOTICE_BOARD_URL', 'OPS_NOTICE_PRIVATE_ADDRESSES')) is not true then
    -- The text is not repeated: it may be the secret itself.
    raise exception using errcode = '23514', constraint = 'secret_is_named_for_notices', schema = 'ops',
      table = 'notice_targets', column = 'secret_name', message = 'this cannot be the name of the secret of a target',
      detail = 'it begins with OPS_NOTICE_, then 1 to 50 of A-Z, 0-9 and _; two names are settings of ops-notify',
      hint = 'set a secret of such a name for the function ops-notify, and send its name, never the secret';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_target"(text, text, text) IS 'Raises 23514 for what cannot be the name of a target or of its secret, and 22023 for an unknown format.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_target"(text, text, text) FROM PUBLIC;
