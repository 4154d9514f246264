-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_drill()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not ops_private.acts_for_all() then
    new.drill_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.project := ops_private.own_project(new.project);
  new.executed_by := ops_private.own_name(new.executed_by);
  -- An artifact of another project is as unknown as one that does not exist.
  if new.evidence_artifact_id is not null and not exists (
    select from ops.evidence_artifacts e where e.artifact_id = new.evidence_artifact_id and ops_private.sees(e.project)
  ) then
    raise exception using errcode = '23503', constraint = 'recovery_drills_evidence_artifact_id_fkey', schema = 'ops',
      table = 'recovery_drills', message = 'there is no such artifact', hint = 'record the evidence first';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_drill"() IS 'Before insert of a drill: sets its key and its project (ops_private.own_project). Raises 23503 for an artifact that does not exist or is of a project that the writer may not act for.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_drill"() FROM PUBLIC;
