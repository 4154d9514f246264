-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.role_of_session (
  subject    text,
  session_id text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select s.role
    from ops.v_memberships s
    left join ops_private.acting_roles a
      on a.session_id = role_of_session.session_id and a.member_id = s.member_id and a.role = s.role
    where lower(s.subject collate "C") = lower(role_of_session.subject collate "C")
    order by a.role is null, array_position(ops_private.role_order(), s.role)
    limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."role_of_session"(text, text) IS 'The role in which a member acts in a session: the one that they chose while they hold it, otherwise the first that they hold of audit_reader, developer, qa_tester, sre, release_manager. Null for nobody''s subject.';

REVOKE ALL ON FUNCTION "ops_private"."role_of_session"(text, text) FROM PUBLIC;
