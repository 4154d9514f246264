-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_report_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_other_changes(
    'deployments', to_jsonb(old), to_jsonb(new),
    'status', 'status_observed_at', 'deployed_at', 'deployed_by', 'g4_status', 'g4_resolved_at'
  );
  if old.imported then
    raise exception using errcode = 'OPS12', message = 'the deployment is of a release of the past',
      hint = 'send a deployment_event with "imported": true';
  elsif (new.deployed_at, new.deployed_by) is distinct from (old.deployed_at, old.deployed_by) then
    raise exception using errcode = 'OPS05', message = 'only the status of a deployment can be changed',
      hint = 'set only status; the server sets the time of observation';
  elsif ops_private.deployment_rank(new.status) < ops_private.deployment_rank(old.status) then
    raise exception using errcode = 'OPS08',
      message = format('a deployment cannot go from %s to %s', old.status, new.status),
      hint = 'record a new deployment';
  end if;
  -- Keep it later than the replaced time, even if that came from a clock that was ahead.
  new.status_observed_at := case
    when new.status = old.status then old.status_observed_at
    else greatest(clock_timestamp(), old.status_observed_at + interval '1 microsecond')
  end;
  if new.status <> old.status then
    perform ops_private.add_report(new, new.status, new.status_observed_at);
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_report_change"() IS 'Before a direct update of a deployment: only the status may change (OPS05), and only forward (OPS08); of a release of the past not even that (OPS12). Records the change as a report of this moment.';

REVOKE ALL ON FUNCTION "ops_private"."tg_report_change"() FROM PUBLIC;
