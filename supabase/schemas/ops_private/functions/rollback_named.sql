-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.rollback_named (
  release_id      uuid,
  environment     ops.ops_environment,
  target          text,
  rollback_of_ref text
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_undone ops.deployments;
begin
  if rollback_of_ref is null then
    return null;
  end if;
  v_undone := ops_private.deployment_named(
    rollback_named.release_id, rollback_named.environment, rollback_named.target, rollback_named.rollback_of_ref);
  if v_undone.rollback_of is not null then
    perform ops_private.refuse_event('invalid_transition', '{"field": "rollback_of_ref",
      "message": "a rollback cannot undo a rollback", "hint": "deploy again, as a new deployment"}');
  end if;
  return v_undone.deployment_id;
end
$function$;

COMMENT ON FUNCTION "ops_private"."rollback_named"(uuid, ops.ops_environment, text, text) IS 'The deployment that a rollback undoes; null for none. Refuses the event with unknown_deployment when there is none of that name, and with invalid_transition when it is a rollback itself.';

REVOKE ALL ON FUNCTION "ops_private"."rollback_named"(uuid, ops.ops_environment, text, text) FROM PUBLIC;
