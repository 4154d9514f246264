CREATE OR REPLACE FUNCTION ops.current_checks (
  release_id    uuid,
  gate_id       uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS ops.current_check[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return array(
    select row(latest.check_name, latest.trusted, latest.status)::ops.current_check
    from (
      select distinct on (gc.check_name, gc.trusted) gc.check_name, gc.trusted, gc.status
      from ops.gate_checks gc
      where gc.release_id = current_checks.release_id and gc.gate_id = current_checks.gate_id
        and gc.deployment_id is not distinct from current_checks.deployment_id
        and gc.created_at <= current_checks.as_of
      order by gc.check_name, gc.trusted, gc.observed_at desc, gc.status
    ) as latest
  );
end
$function$;

COMMENT ON FUNCTION "ops"."current_checks"(uuid, uuid, uuid, timestamp with time zone) IS 'The latest observation per name and trust class on a gate (on G4: of the deployment) at a moment, by name; a tie goes to the worse.';

REVOKE ALL ON FUNCTION "ops"."current_checks"(uuid, uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
