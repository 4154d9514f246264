-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_approval()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if new.decision = 'approved' and not ops_private.is_filled(new.rationale_structured) then
    raise exception using errcode = '23514', constraint = 'an_approval_says_why', schema = 'ops', table = 'approvals',
      column = 'rationale_structured', message = 'an approval has no reasons',
      hint = 'state them in rationale_structured: an object that holds a number, true, false, or a text';
  end if;
  new.approver_id := ops_private.resolve_person(
    name => new.approver_id, persona => new.persona_role::text, project => new.project);
  new.assurance := ops_private.caller_assurance(new.created_at);
  new.unmet := case when new.decision = 'approved' and exists (
    select from ops.gate_requirements q where q.own_token or q.aal2 or q.approvers is not null
  ) then ops_private.unmet_by(new) end;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_approval"() IS 'Before insert: refuses an approval without reasons (23514, an_approval_says_why), resolves the approver, and sets assurance and unmet. A person must decide as themselves (42501). A machine must name an active member whose role is the persona (OPS06).';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_approval"() FROM PUBLIC;
