-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_replaced()
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_sub constant text := ops_private.trim_name(
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub');
begin
  if exists (
    select from ops.replaced_subjects o where lower(o.old_subject collate "C") = lower(v_sub collate "C")
  ) then
    raise exception using errcode = '42501', message = 'the subject of your token was replaced, and gives nothing any more',
      hint = 'sign in as your present user (ops-gates login); if nobody created one for you, ask whoever holds the secret key';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_replaced"() IS 'Raises 42501 when the `sub` of the caller''s token was replaced (ops.replace_subject). What refuses a caller for want of a name or a membership asks this first: a grant, or another token with this `sub`, would not help.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_replaced"() FROM PUBLIC;
