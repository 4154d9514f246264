-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_grant (
  subject text,
  role    text,
  handle  text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  m ops.members;
begin
  perform ops_private.refuse_unusable(refuse_grant.subject, refuse_grant.handle);
  perform ops_private.refuse_same(refuse_grant.subject, refuse_grant.handle);
  if ops_private.is_member_role(refuse_grant.role) is not true then
    raise exception using errcode = '23514', constraint = 'role_is_one_of_the_six', schema = 'ops',
      table = 'memberships', message = 'there is no such role',
      hint = 'name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader';
  end if;
  select x.* into m from ops.members x where lower(x.subject collate "C") = lower(refuse_grant.subject collate "C");
  perform ops_private.refuse_taken(n.name, m.member_id,
    'if their user was deleted and created anew, give them the new subject: ops.replace_subject (ops-gates roles replace); for somebody else, choose another name')
  from unnest(array[refuse_grant.subject, refuse_grant.handle]) as n (name);
  if m.kind <> (case refuse_grant.role when 'ci_service_role' then 'bot' else 'person' end) then
    raise exception using errcode = 'OPS13', message = 'a bot holds ci_service_role alone, and a person never does',
      hint = 'create a user for the pipeline, and grant the role to that one';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_grant"(text, text, text) IS 'Raises why a role cannot be granted: 23514 for a name or role that is none, OPS15 for a name of another member and a subject that was replaced, OPS13 for a role that a bot or a person cannot hold.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_grant"(text, text, text) FROM PUBLIC;
