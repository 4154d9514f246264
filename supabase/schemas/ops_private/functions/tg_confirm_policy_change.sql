-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_confirm_policy_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_other_changes(
    tg_table_name, to_jsonb(old), to_jsonb(new), 'confirmed_at', 'confirmed_by', 'alone');
  if (new.confirmed_at, new.confirmed_by, new.alone)
    is not distinct from (old.confirmed_at, old.confirmed_by, old.alone) then
    return new;
  elsif old.confirmed_at is not null then
    raise exception using errcode = 'OPS05', message = 'this proposal is confirmed already, and that cannot be changed',
      hint = 'propose another change with ops.propose_gate_policy';
  end if;
  new.confirmed_at := clock_timestamp();
  new.confirmed_by := ops_private.current_actor();
  new.alone := (new.confirmed_by = new.created_by);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_confirm_policy_change"() IS 'Before update: any change of confirmed_at, confirmed_by or alone confirms the proposal now, in the name of the caller. Raises OPS05 for any other change, and when it is confirmed already.';

REVOKE ALL ON FUNCTION "ops_private"."tg_confirm_policy_change"() FROM PUBLIC;
