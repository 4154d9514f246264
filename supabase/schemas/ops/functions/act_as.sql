-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.act_as (
  role text
)
  RETURNS text
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  v_session constant text := v_claims ->> 'session_id';
  v_member uuid;
begin
  perform ops_private.require_own_role('release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  -- Whoever lost the role that they act in chooses another here.
  if (octet_length(v_session) between 1 and 255) is not true then
    raise exception using errcode = 'OPS13', message = 'your token names no session',
      hint = 'sign in (ops-gates login), and choose the role with the token of that session';
  end if;
  v_member := (
    select s.member_id from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
      and s.role = act_as.role limit 1
  );
  if v_member is null then
    raise exception using errcode = 'OPS13', message = 'you do not hold this role',
      detail = format('you hold: %s', array_to_string(ops_private.roles_held(), ', ')),
      hint = 'choose one of these (ops.my_memberships says where, and ops-gates whoami), or ask for a membership';
  end if;
  insert into ops_private.acting_roles as a (session_id, member_id, role)
  values (v_session, v_member, act_as.role)
  on conflict on constraint acting_roles_pkey
  do update set role = excluded.role, chosen_at = excluded.chosen_at;
  delete from ops_private.acting_roles a
  where a.member_id = v_member and a.session_id <> v_session and a.session_id in (
    select o.session_id from ops_private.acting_roles o
    where o.member_id = v_member order by o.chosen_at desc, o.session_id offset 100
  );
  return act_as.role;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."act_as"(text) TO "audit_reader", "developer", "qa_tester", "release_manager", "sre";

COMMENT ON FUNCTION "ops"."act_as"(text) IS 'Chooses the role in which the caller acts in this session, and returns it. The next token of the session has it: refresh the session after this. For the five roles of people; also for who lost the role that they act in and holds another. Raises OPS13 when the caller does not hold the role, or their token names no session; 42501 when they hold none.';

REVOKE ALL ON FUNCTION "ops"."act_as"(text) FROM PUBLIC;
