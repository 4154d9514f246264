-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_list_artifacts()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.artifacts := ops_private.artifacts_listed(new.artifacts);
  if new.artifacts is null then
    raise exception using errcode = '23514', constraint = 'artifacts_are_a_list', schema = 'ops',
      table = 'deployments', column = 'artifacts', message = 'artifacts is not a list of artifacts',
      hint = 'send an array of at most 100 objects with name and sha256 (64 hex digits)';
  end if;
  new.artifacts := nullif(new.artifacts, '[]');
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_list_artifacts"() IS 'Before insert of a deployment that names artifacts: sorts them; an empty list becomes null. Raises 23514 when they are not a list of artifacts.';

REVOKE ALL ON FUNCTION "ops_private"."tg_list_artifacts"() FROM PUBLIC;
