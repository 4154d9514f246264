-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.grant_membership (
  subject      text,
  role         text,
  handle       text DEFAULT NULL::text,
  on_behalf_of text DEFAULT NULL::text,
  reason       text DEFAULT NULL::text
)
  RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_wanted_by text;
begin
  perform ops_private.require_role('service_role');
  -- Ask before the constraints do: their error would write out the whole row.
  if (
    ops_private.is_member_name(grant_membership.subject)
    and coalesce(ops_private.is_member_name(grant_membership.handle), true)
  ) is not true then
    raise exception using errcode = '23514', constraint = 'names_are_printable_ascii', schema = 'ops',
      table = 'role_members', message = 'this subject or handle is not usable',
      hint = 'use 1 to 255 printable ASCII characters without blanks, and not service_role';
  elsif ops_private.is_member_role(grant_membership.role) is not true then
    raise exception using errcode = '23514', constraint = 'role_is_one_of_the_six', schema = 'ops',
      table = 'role_members', message = 'there is no such role',
      hint = 'name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader';
  end if;
  v_wanted_by := ops_private.wanted_by(grant_membership.on_behalf_of, grant_membership.reason);
  -- Run one grant at a time: otherwise two grants could make one name a subject and the handle of somebody else.
  perform pg_advisory_xact_lock(hashtextextended('table ops.role_members', 0));
  if exists (
    select from ops.role_members m
    where lower(m.subject) <> lower(grant_membership.subject)
      and (lower(m.subject) = lower(grant_membership.handle)
           or lower(m.handle) in (lower(grant_membership.handle), lower(grant_membership.subject)))
  ) then
    raise exception using errcode = '23505', message = 'that name belongs to another member',
      hint = 'choose another handle; a revoked member keeps theirs, because old records name it';
  elsif exists (
    select from ops.role_member_changes c
    where lower(c.subject) <> lower(grant_membership.subject)
      and lower(c.handle) in (lower(grant_membership.handle), lower(grant_membership.subject))
  ) then
    raise exception using errcode = '23505', message = 'that name was the handle of another member',
      hint = 'choose another handle; one that was used once stays with its person, because old records name it';
  end if;
  insert into ops.role_members as m (subject, role, handle, on_behalf_of, reason)
  values (
    grant_membership.subject, grant_membership.role, grant_membership.handle, v_wanted_by, grant_membership.reason
  )
  on conflict on constraint role_members_pkey
  do update set
    role = excluded.role, handle = coalesce(excluded.handle, m.handle), active = true,
    on_behalf_of = excluded.on_behalf_of, reason = excluded.reason
  where (m.role, m.handle, m.active) is distinct from (excluded.role, coalesce(excluded.handle, m.handle), true);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."grant_membership"(text, text, text, text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."grant_membership"(text, text, text, text, text) IS 'Gives a person (subject of their token) one of the six roles and a handle. A second call for the same subject changes them. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role may call it. Raises 23514 when a name is not 1 to 255 printable ASCII characters without blanks, or nobody says why; 23505 when another member has it, or had it as a handle before; OPS06 when on_behalf_of is no active member.';

REVOKE ALL ON FUNCTION "ops"."grant_membership"(text, text, text, text, text) FROM PUBLIC;
