-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_other_subject()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not exists (
    select from ops.replaced_subjects o
    where o.member_id = new.member_id and (o.old_subject, o.new_subject) = (old.subject, new.subject)
  ) then
    raise exception using errcode = 'OPS05', message = 'ops.members: subject cannot change',
      detail = 'who held which subject when stays on record', hint = 'call ops.replace_subject';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_other_subject"() IS 'Before update of a subject: raises OPS05 unless ops.replaced_subjects says that this subject was replaced by that one.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_other_subject"() FROM PUBLIC;
