-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_seal_policy_change()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.confirmed_at := null;
  new.confirmed_by := null;
  new.alone := null;
  new.base := ops_private.policy_base(new.project, new.gate_code);
  new.hash := encode(sha256(convert_to(jsonb_build_array(
    new.change_id, new.project, new.gate_code, new.requirements, new.dropped, new.reason, new.on_behalf_of,
    new.created_by, new.base)::text, 'UTF8')), 'hex');
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_seal_policy_change"() IS 'Before insert: nobody has confirmed the change, whatever the caller sent. Sets base, and the hash of all that it says.';

REVOKE ALL ON FUNCTION "ops_private"."tg_seal_policy_change"() FROM PUBLIC;
