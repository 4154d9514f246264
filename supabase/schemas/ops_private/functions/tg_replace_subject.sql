-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_replace_subject()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  m ops.members;
begin
  if tg_when = 'AFTER' then
    update ops.members x set subject = new.new_subject where x.member_id = new.member_id;
    return null;
  end if;
  perform ops_private.refuse_isolation();
  -- One change at a time, as in ops.grant_membership.
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  select x.* into m from ops.members x where x.member_id = new.member_id;
  if (m.kind = 'person' and m.subject = new.old_subject) is not true then
    raise exception using errcode = 'OPS05', message = 'old_subject is not the present subject of that person',
      detail = 'who held which subject when stays on record', hint = 'call ops.replace_subject';
  end if;
  perform ops_private.refuse_same(new.new_subject, m.handle);
  perform ops_private.refuse_taken(new.new_subject, m.member_id,
    'give the id of a user to whom nothing was granted: end the memberships of that other member (ops.revoke_membership), and have the user deleted and created once more');
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_replace_subject"() IS 'Before insert: raises OPS05 unless old_subject is the present subject of a person, 23514 when the new one is their handle, and OPS15 when it is or was a name of another member, or was replaced. After insert: gives the member the new subject. So a row says what happened, whoever writes it.';

REVOKE ALL ON FUNCTION "ops_private"."tg_replace_subject"() FROM PUBLIC;
