-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_approval()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.approver_id := ops_private.resolve_person(name => new.approver_id, persona => new.persona_role::text);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_approval"() IS 'Before insert: resolves the approver. A person must decide as themselves (42501). A machine must name an active member whose role is the persona (OPS06).';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_approval"() FROM PUBLIC;
