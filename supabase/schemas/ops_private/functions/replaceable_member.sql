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
  m := ops_private.member_named(replaceable_member.handle);
  if m.member_id is null then
    raise exception using errcode = 'OPS06', message = 'no member has that name',
      hint = 'list them with: select subject, handle, kind, active from ops.members';
  elsif m.kind <> 'person' then
    raise exception using errcode = 'OPS13', message = 'the subject of a bot is not replaced',
      hint = 'revoke the bot (ops.revoke_membership), and grant the role to its new user with another handle';
  elsif lower(m.subject collate "C") = lower(replaceable_member.subject collate "C") then
    raise exception using errcode = 'OPS16', message = 'this is their subject already', hint = 'nothing is to do';
  end if;
  return m;
end
$function$;

COMMENT ON FUNCTION "ops_private"."replaceable_member"(text, text) IS 'The person who has this name (their handle, subject, or recorded_as), whose subject can be replaced by another one; also one without a membership, who gets none by it. Raises OPS06 when there is no such member, OPS13 for a bot, OPS16 when it is their subject already.';

REVOKE ALL ON FUNCTION "ops_private"."replaceable_member"(text, text) FROM PUBLIC;
