CREATE OR REPLACE FUNCTION ops.keep_release_truthful()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
declare
  v_status ops.ops_release_status;
begin
  v_status := ops.release_status_of(new.release_id);
  if new.status <> v_status then
    raise exception using errcode = 'OPS02', message = format('the release is not %s', new.status),
      detail = format('its facts say %s', v_status), hint = 'leave status out: it follows the facts';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."keep_release_truthful"() IS 'Before a direct change of a release''s status: refuses any but what the facts say (OPS02).';

REVOKE ALL ON FUNCTION "ops"."keep_release_truthful"() FROM PUBLIC;
