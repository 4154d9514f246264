-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_review()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (new.post_review_status, new.reviewed_at, new.reviewed_by)
    is not distinct from (old.post_review_status, old.reviewed_at, old.reviewed_by) then
    return new;
  elsif old.post_review_status <> 'pending' then
    raise exception using errcode = 'OPS07', message = 'this exception is reviewed already, and that cannot be changed',
      detail = format('reviewed by %s at %s', old.reviewed_by, old.reviewed_at),
      hint = 'record what is new where the exception is discussed';
  elsif new.post_review_status = 'pending' then
    raise exception using errcode = 'OPS07', message = 'a review says complete or waived',
      hint = 'set post_review_status; the server sets reviewed_at and reviewed_by';
  elsif ops_private.ever_approved(old, ops_private.current_actor()) then
    raise exception using errcode = 'OPS07', message = 'who approved an exception cannot review it',
      detail = 'its approver, and everybody who ever approved it with a decision',
      hint = 'ask a release manager who did neither; register one if there is none';
  end if;
  new.reviewed_at := (select r.recorded_until from ops.releases r where r.release_id = new.release_id);
  new.reviewed_by := ops_private.current_actor();
  if new.reviewed_at < least(new.expires_at, new.revoked_at) then
    raise exception using errcode = 'OPS07', message = 'an exception can be reviewed only after it has ended',
      detail = format('it ends at %s', new.expires_at), hint = 'wait for its end, or revoke it first';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_review"() IS 'Before update: a change of post_review_status, reviewed_at or reviewed_by is the review, now, in the name of the caller. Raises OPS07 when the exception was reviewed already, has not ended, or the caller approved it; an approval that is not surely theirs (ops_private.is_unsure) does not bar them.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_review"() FROM PUBLIC;
