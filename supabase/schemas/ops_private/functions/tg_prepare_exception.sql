-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_exception()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.approver_id := ops_private.resolve_person(name => new.approver_id, persona => 'release_manager');
  if new.approver_id = (select r.initiating_actor from ops.releases r where r.release_id = new.release_id) then
    raise exception using errcode = 'OPS07', message = 'the initiator of a release cannot approve an exception for it',
      hint = 'ask another release manager';
  end if;
  -- now() is when the caller's transaction began: what was the present then is not the past.
  if new.effective_from < now() then
    raise exception using errcode = 'OPS07', message = 'an exception cannot take effect before it is recorded',
      detail = format('effective_from is %s', new.effective_from), hint = 'leave effective_from out to start now';
  end if;
  new.effective_from := greatest(new.effective_from, new.created_at);
  new.post_review_status := 'pending';
  new.revoked_at := null;
  new.revoked_by := null;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_exception"() IS 'Before insert: resolves the approver and refuses the initiator and a start in the past (OPS07).';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_exception"() FROM PUBLIC;
