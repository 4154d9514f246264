-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.apply_dismissal (
  d ops.dismissals
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  if d.contested_id is not null or d.kind = 'objection' then
    perform ops_private.end_dismissed(d);
  end if;
  update ops.releases r set dismissed = true where r.release_id = d.release_id returning r.* into v_release;
  if d.check_id is not null and d.deployment_id is not null then
    perform ops_private.refresh_deployment_health(d.deployment_id);
  elsif d.deployment_id is not null then
    -- A rollback of what is set aside counts as a deployment.
    perform ops_private.refresh_rollbacks(d.release_id);
  end if;
  v_now := ops_private.present(v_release);
  -- Any gate may change, and without a stalled deployment the status of the release too.
  perform ops_private.store(
    v_release, 'G4', ops_private.judge(v_release, 'G1', v_now, live => true), v_now);
end
$function$;

COMMENT ON FUNCTION "ops_private"."apply_dismissal"(ops.dismissals) IS 'Ends what a dismissal sets aside, marks the release with dismissed, judges all its gates again and stores the result.';

REVOKE ALL ON FUNCTION "ops_private"."apply_dismissal"(ops.dismissals) FROM PUBLIC;
