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
begin
  -- Ask before the constraints do: their error would write out the whole row.
  if (
    ops_private.is_member_name(refuse_grant.subject)
    and coalesce(ops_private.is_member_name(refuse_grant.handle), true)
  ) is not true then
    raise exception using errcode = '23514', constraint = 'names_are_printable_ascii', schema = 'ops',
      table = 'members', message = 'this subject or handle is not usable',
      hint = 'use 1 to 255 printable ASCII characters without blanks, and not service_role';
  elsif ops_private.is_member_role(refuse_grant.role) is not true then
    raise exception using errcode = '23514', constraint = 'role_is_one_of_the_six', schema = 'ops',
      table = 'memberships', message = 'there is no such role',
      hint = 'name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader';
  elsif exists (
    select from ops.members m
    where lower(m.subject) <> lower(refuse_grant.subject)
      and (lower(m.subject) = lower(refuse_grant.handle)
           or lower(m.handle) in (lower(refuse_grant.handle), lower(refuse_grant.subject)))
  ) then
    raise exception using errcode = '23505', message = 'that name belongs to another member',
      hint = 'choose another handle; a revoked member keeps theirs, because old records name it';
  elsif exists (
    select from ops.memberships s join ops.members m on m.member_id = s.member_id
    where lower(m.subject) <> lower(refuse_grant.subject)
      and lower(s.handle) in (lower(refuse_grant.handle), lower(refuse_grant.subject))
  ) then
    raise exception using errcode = '23505', message = 'that name was the handle of another member',
      hint = 'choose another handle; one that was used once stays with its person, because old records name it';
  elsif exists (
    select from ops.members m
    where lower(m.subject) = lower(refuse_grant.subject)
      and m.kind <> case refuse_grant.role when 'ci_service_role' then 'bot' else 'person' end
  ) then
    raise exception using errcode = 'OPS13', message = 'a bot holds ci_service_role alone, and a person never does',
      hint = 'create a user for the pipeline, and grant the role to that one';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_grant"(text, text, text) IS 'Raises why a role cannot be granted: 23514 for a name or role that is none, 23505 for a name of another member, OPS13 for a role that a bot or a person cannot hold.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_grant"(text, text, text) FROM PUBLIC;
