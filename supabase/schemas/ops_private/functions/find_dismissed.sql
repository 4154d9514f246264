-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_dismissed (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.dismissals;
  f ops.gate_finding;
begin
  for d in
    select x.* from ops.dismissals x
    where x.release_id = release.release_id and x.created_at <= find_dismissed.as_of
    order by x.created_at
  loop
    select g.gate_id, g.gate_code into f.gate_id, f.gate_code
    from ops.release_gates g
    where g.release_id = d.release_id
      and case when d.kind = 'stalled_deployment' then g.gate_code = 'G4' else g.gate_id = d.gate_id end;
    f.kind := case
      when d.contested_id is not null then 'contested_report'::ops.ops_requirement_kind
      when d.kind = 'objection' then 'approval'
      when d.check_id is not null and d.deployment_id is null then 'no_failed_checks' else 'deployment_health' end;
    f.subject := case when d.contested_id is null and d.kind = 'objection' then d.author_role
      else coalesce(d.check_name, d.author, (
        select p.deployment_ref from ops.deployments p where p.deployment_id = d.deployment_id)) end;
    f.enforcement := 'advisory';
    f.state := 'satisfied';
    f.requirement := 'what was dismissed is shown';
    f.detail := format('%s %s was dismissed by %s: %s', replace(d.kind::text, '_', ' '), f.subject, d.created_by,
      left(d.reason, 500));
    f.remedy := 'nothing; what is recorded after it counts';
    f.who := 'release_manager';
    return next f;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_dismissed"(ops.releases, timestamp with time zone) IS 'One finding for each dismissal of a release until a moment, on the gate of the fact: always advisory and satisfied. Ask only when releases.dismissed.';

REVOKE ALL ON FUNCTION "ops_private"."find_dismissed"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
