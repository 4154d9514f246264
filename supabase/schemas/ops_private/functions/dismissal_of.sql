-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissal_of (
  fact       uuid,
  person     text,
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS ops.dismissals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  c ops.contested_reports;
  a ops.approvals;
  gc ops.gate_checks;
  p ops.deployments;
begin
  if ops_private.is_dismissed(fact, release_id, as_of) then
    perform ops_private.refuse_dismissal(
      'this is dismissed already', 'nobody has to do anything', 'what is recorded after the dismissal counts');
  end if;
  select x.* into c from ops.contested_reports x where x.contested_id = fact;
  if found then
    return ops_private.dismissal_of_contested(c, person);
  end if;
  select x.* into a from ops.approvals x where x.approval_id = fact;
  if found then
    return ops_private.dismissal_of_decision(a, person);
  end if;
  select x.* into gc from ops.gate_checks x where x.check_id = fact;
  if found then
    return ops_private.dismissal_of_check(gc, person);
  end if;
  select x.* into p from ops.deployments x where x.deployment_id = fact;
  return ops_private.dismissal_of_deployment(p, as_of);
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissal_of"(uuid, text, uuid, timestamp with time zone) IS 'The dismissal of the fact with this id, by the function for its kind. Raises OPS11 when it cannot be dismissed.';

REVOKE ALL ON FUNCTION "ops_private"."dismissal_of"(uuid, text, uuid, timestamp WITH time zone) FROM PUBLIC;
