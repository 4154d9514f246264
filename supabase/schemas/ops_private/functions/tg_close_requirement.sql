-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_close_requirement()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_other_changes(
    tg_table_name, to_jsonb(old), to_jsonb(new), 'valid_to', 'closed_by', 'closed_by_change');
  if (new.valid_to, new.closed_by, new.closed_by_change)
    is not distinct from (old.valid_to, old.closed_by, old.closed_by_change) then
    return new;
  elsif old.valid_to is not null then
    raise exception using errcode = 'OPS05', message = 'this requirement is closed already, and that cannot be changed',
      hint = 'set a new policy with ops.set_gate_policy; it applies to releases opened from then on';
  end if;
  new.valid_to := clock_timestamp();
  new.closed_by := ops_private.current_actor();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_close_requirement"() IS 'Before update: any change of valid_to, closed_by or closed_by_change closes the row now, in the name of the caller. Raises OPS05 for any other change, and when the row is closed already.';

REVOKE ALL ON FUNCTION "ops_private"."tg_close_requirement"() FROM PUBLIC;
