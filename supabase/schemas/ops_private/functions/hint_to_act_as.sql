-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hint_to_act_as (
  roles     text[],
  otherwise text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_own constant text := (
    select h.role from unnest(ops_private.roles_held()) with ordinality as h (role, place)
    where h.role = any (roles) and h.role <> ops_private.caller_role() order by h.place limit 1
  );
begin
  return case when v_own is null then otherwise
    else format('you hold %1$s: act in it (ops.act_as, or ops-gates act-as %1$s)', v_own) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."hint_to_act_as"(text[], text) IS 'The hint of a refusal by role: the first role of the caller, beside the one that they act in, that is among those that may. Otherwise the text given. It tells callers nothing but what they hold.';

REVOKE ALL ON FUNCTION "ops_private"."hint_to_act_as"(text[], text) FROM PUBLIC;
