-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_local()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not ops_private.is_local_stack() then
    raise exception using errcode = '23514', constraint = 'address_is_absolute', schema = 'ops',
      table = 'evidence_artifacts', column = 'artifact_url', message = 'a file of one machine is no evidence',
      hint = 'keep it where others can read it, and send that address';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_local"() IS 'Before insert of evidence whose address is a file: raises 23514 unless this is the local stack.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_local"() FROM PUBLIC;
