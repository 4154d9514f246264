-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.grant_membership (
  subject      text,
  role         text,
  project      text DEFAULT NULL::text,
  handle       text DEFAULT NULL::text,
  on_behalf_of text DEFAULT NULL::text,
  reason       text DEFAULT NULL::text
)
  RETURNS uuid
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_wanted_by text;
  v_project text;
  m ops.members;
begin
  perform ops_private.require_operator();
  perform ops_private.refuse_isolation();
  -- One change at a time: otherwise two grants could make one name a subject and the handle of somebody else.
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  perform ops_private.refuse_grant(grant_membership.subject, grant_membership.role, grant_membership.handle);
  if grant_membership.project is not null then
    v_project := ops_private.project_named(grant_membership.project);
  end if;
  v_wanted_by := ops_private.wanted_by(grant_membership.on_behalf_of, grant_membership.reason, v_project);
  select x.* into m from ops.members x where lower(x.subject collate "C") = lower(grant_membership.subject collate "C");
  if exists (
    select from ops.v_memberships s
    where s.member_id = m.member_id and s.role = grant_membership.role and s.project is not distinct from v_project
  ) and coalesce(grant_membership.handle = m.handle, grant_membership.handle is null) then
    raise exception using errcode = 'OPS16', message = 'this membership stands already',
      hint = 'nothing is to do; ops.revoke_membership (ops-gates roles revoke) ends it';
  end if;
  if m.member_id is null then
    insert into ops.members (subject, handle, kind)
    values (
      grant_membership.subject, grant_membership.handle,
      case grant_membership.role when 'ci_service_role' then 'bot' else 'person' end
    ) returning * into m;
  else
    update ops.members x set handle = coalesce(grant_membership.handle, x.handle), active = true
    where x.member_id = m.member_id returning * into m;
  end if;
  insert into ops.memberships (member_id, role, project, granted, handle, on_behalf_of, reason)
  values (m.member_id, grant_membership.role, v_project, true, m.handle, v_wanted_by, grant_membership.reason);
  return m.member_id;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."grant_membership"(text, text, text, text, text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."grant_membership"(text, text, text, text, text, text) IS 'Gives a person or bot (subject of their token) one of the six roles, for one project or, with null, for every project, also later ones. Returns their member_id. A person may hold several. handle: another name of the member; a new one replaces theirs. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises 23514 when a name is not 1 to 255 printable ASCII characters without blanks, the handle is the subject, there is no such role, or nobody says why; OPS15 when a name is or was one of another member, or the subject was replaced; OPS04 for an unknown project; OPS06 when on_behalf_of is no active member, or not of this project; OPS03 above read committed; OPS13 for a role that a bot or a person cannot hold; OPS16 when the membership stands already.';

REVOKE ALL ON FUNCTION "ops"."grant_membership"(text, text, text, text, text, text) FROM PUBLIC;
