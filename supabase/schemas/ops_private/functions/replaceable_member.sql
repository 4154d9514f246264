-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.replaceable_member (
  handle  text,
  subject text
)
  RETURNS ops.members
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  m ops.members;
begin
  select x.* into m from ops.members x
  where lower(x.handle) = lower(replaceable_member.handle) or lower(x.subject) = lower(replaceable_member.handle);
  if not found then
    raise exception using errcode = 'OPS06', message = 'no member has that handle',
      hint = 'list them with: select subject, handle, kind, active from ops.members';
  elsif m.kind <> 'person' then
    raise exception using errcode = 'OPS13', message = 'the subject of a bot is not replaced',
      hint = 'revoke the bot (ops.revoke_membership), and grant the role to its new user with another handle';
  elsif not m.active then
    raise exception using errcode = 'OPS13', message = 'this member holds no role',
      hint = format('grant a role to their present subject %s first, then replace it', m.subject);
  elsif lower(m.subject) = lower(replaceable_member.subject) then
    raise exception using errcode = 'OPS13', message = 'this is their subject already', hint = 'nothing is to do';
  end if;
  return m;
end
$function$;

COMMENT ON FUNCTION "ops_private"."replaceable_member"(text, text) IS 'The active person with this handle or subject, whose subject can be replaced by another one. Raises OPS06 when there is no such member, OPS13 for a bot, for a member without a membership that stands, and when it is their subject already.';

REVOKE ALL ON FUNCTION "ops_private"."replaceable_member"(text, text) FROM PUBLIC;
