-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.release_status_of (
  release_id uuid,
  as_of      timestamp with time zone,
  past       boolean                  DEFAULT false
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_status ops.ops_release_status := ops_private.status_by_deployments(release_id, as_of, past);
begin
  return case
    when v_status is not null then v_status
    when exists (
        select from ops.gate_checks gc where gc.release_id = release_status_of.release_id and gc.created_at <= as_of)
      or exists (
        select from ops.approvals a where a.release_id = release_status_of.release_id and a.created_at <= as_of)
      or exists (
        select from ops.evidence_artifacts e where e.release_id = release_status_of.release_id and e.created_at <= as_of)
      or exists (
        select from ops.exceptions x where x.release_id = release_status_of.release_id and x.created_at <= as_of)
      or exists (
        select from ops.deployments d where d.release_id = release_status_of.release_id and d.created_at <= as_of)
    then 'in_progress' else 'draft' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."release_status_of"(uuid, timestamp with time zone, boolean) IS 'The status of a release that follows from its facts: from its deployments to the target environment; otherwise in_progress with any fact until that moment, draft without. past: a moment before the present; then nothing stored is read.';

REVOKE ALL ON FUNCTION "ops_private"."release_status_of"(uuid, timestamp WITH time zone, boolean) FROM PUBLIC;
