-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.current_actor()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_claims constant text := nullif(current_setting('request.jwt.claims', true), '');
  v_sub text;
  v_actor text;
begin
  if v_claims is not null then
    -- The same as ops_private.trim_name, without a call: each row that is written asks this.
    v_sub := btrim(v_claims::jsonb ->> 'sub', U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
    -- Only a secret key is the subject service_role: a token with that `sub` has no subject.
    if v_sub <> '' and (v_sub <> 'service_role' or v_role = 'service_role') then
      select m.recorded_as into v_actor
      from ops.members m where lower(m.subject collate "C") = lower(v_sub collate "C");
      if not found and not exists (
        select from ops.replaced_subjects o where lower(o.old_subject collate "C") = lower(v_sub collate "C")
      ) then
        return v_sub;
      end if;
      return v_actor;
    end if;
  end if;
  return case
    when v_role = 'service_role' then v_role
    when ops_private.is_owner() then current_user::text
    when v_role = 'none' then session_user::text
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."current_actor"() IS 'By which name records know the caller: of a member what members.recorded_as says, whose subject is the `sub` of the verified token in any case; otherwise that `sub`; service_role for a secret key, which has no `sub`; the name of the owner for the owner; session_user when no role is set. Null when the caller is unknown, and for a `sub` that was replaced (ops.replace_subject).';
