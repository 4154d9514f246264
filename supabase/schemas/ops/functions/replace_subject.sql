-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.replace_subject (
  handle       text,
  subject      text,
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
  m ops.members;
begin
  perform ops_private.require_operator();
  perform ops_private.refuse_isolation();
  -- Before the member is looked at: the trigger would wait too late.
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  perform ops_private.refuse_unusable(replace_subject.subject, replace_subject.handle);
  v_wanted_by := ops_private.wanted_by(replace_subject.on_behalf_of, replace_subject.reason);
  m := ops_private.replaceable_member(replace_subject.handle, replace_subject.subject);
  insert into ops.replaced_subjects (member_id, old_subject, new_subject, on_behalf_of, reason)
  values (m.member_id, m.subject, replace_subject.subject, v_wanted_by, replace_subject.reason);
  return m.member_id;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."replace_subject"(text, text, text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."replace_subject"(text, text, text, text) IS 'Gives a person another subject, after their user was deleted and created anew, and returns their member_id. handle names them, or their present subject, or recorded_as; subject is the `sub` of their new tokens. They stay the same person, with their memberships and all that they recorded; a member without a membership gets none by it. The old subject is revoked: its tokens give nothing from the next statement on, and nobody gets it again. ops.replaced_subjects keeps who held which subject until when. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises OPS06 when nobody has the name, or on_behalf_of is no active member; OPS13 for a bot; OPS16 when it is their subject already; OPS15 when the subject is or was a name of a member; 23514 when a name is not 1 to 255 printable ASCII characters without blanks, the subject is their handle, or nobody says why; OPS03 above read committed.';

REVOKE ALL ON FUNCTION "ops"."replace_subject"(text, text, text, text) FROM PUBLIC;
