CREATE OR REPLACE FUNCTION ops.keep_release_truthful()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_truth ops.releases := new;
begin
  perform ops.refuse_other_changes(
    'releases', to_jsonb(old), to_jsonb(new), 'scope_metadata', 'status', 'cleared_for', 'excepted');
  if new.status <> old.status then
    v_truth.status := ops.release_status_of(new.release_id);
  end if;
  if new.cleared_for <> old.cleared_for then
    v_truth.cleared_for := ops.cleared_for(new.release_id, ops.gate_statuses(new.release_id));
  end if;
  if new.excepted <> old.excepted then
    v_truth.excepted := exists (select from ops.exceptions x where x.release_id = new.release_id);
  end if;
  if new is distinct from v_truth then
    raise exception using errcode = 'OPS02',
      message = format('the release is not %s, cleared for %s, excepted %s', new.status, new.cleared_for, new.excepted),
      detail = format('its facts say %s, %s, %s', v_truth.status, v_truth.cleared_for, v_truth.excepted),
      hint = 'leave these columns out: they follow the facts';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."keep_release_truthful"() IS 'Before a direct change of a release: its identity stays (OPS05), and what is derived of it is what the facts say (OPS02).';

REVOKE ALL ON FUNCTION "ops"."keep_release_truthful"() FROM PUBLIC;
