CREATE OR REPLACE FUNCTION ops.prepare_approval()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  new.approver_id := ops.resolve_person(name => new.approver_id, persona => new.persona_role::text);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."prepare_approval"() IS 'Before insert: people decide as themselves (42501), machines name an active member with the persona''s role (OPS06).';

REVOKE ALL ON FUNCTION "ops"."prepare_approval"() FROM PUBLIC;
