-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_know_rollback()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if exists (
    select from ops.deployments d
    where d.release_id = new.release_id and d.deployment_id = new.rollback_of and d.rollback_of is not null
  ) then
    raise exception using errcode = 'OPS08', message = 'a rollback cannot undo a rollback',
      hint = 'deploy again, as a new deployment';
  end if;
  new.rollback_known := ops_private.is_known_rollback(new);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_know_rollback"() IS 'Before insert of a rollback: sets rollback_known, once for all. Raises OPS08 when the rollback names another rollback.';

REVOKE ALL ON FUNCTION "ops_private"."tg_know_rollback"() FROM PUBLIC;
