-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_tell()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_fact constant jsonb := to_jsonb(new);
  n ops.notices;
begin
  n.kind := tg_argv[0]::ops.ops_notice_kind;
  n.release_id := new.release_id;
  n.project := new.project;
  n.happened_at := clock_timestamp();
  n.environment := (v_fact ->> 'environment')::ops.ops_environment;
  n.deployment_id := (v_fact ->> 'deployment_id')::uuid;
  n.exception_id := (v_fact ->> 'exception_id')::uuid;
  n.contested_id := (v_fact ->> 'contested_id')::uuid;
  n.gate_code := (select g.gate_code from ops.release_gates g where g.gate_id = (v_fact ->> 'gate_id')::uuid);
  perform ops_private.tell(n);
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_tell"() IS 'After a fact was written of which people are told: writes the notice of the kind that the trigger names.';

REVOKE ALL ON FUNCTION "ops_private"."tg_tell"() FROM PUBLIC;
