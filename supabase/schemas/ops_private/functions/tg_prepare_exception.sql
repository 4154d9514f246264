-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_exception()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  r ops.releases;
begin
  new.approver_id := ops_private.resolve_person(
    name => new.approver_id, persona => 'release_manager', project => new.project);
  select x.* into r from ops.releases x where x.release_id = new.release_id and ops_private.sees(x.project);
  new.alone := (
    new.approver_id = r.initiating_actor
    or r.dismissed and new.approver_id = any (ops_private.dismissers(r.release_id, 'infinity'))
  ) is true and ops_private.acts_alone(r, new.approver_id, new.impacted_gates);
  if new.approver_id = r.initiating_actor and not new.alone then
    raise exception using errcode = 'OPS07', message = 'the initiator of a release cannot approve an exception for it',
      hint = 'ask another release manager; where there is only one, policy may let them (alone)';
  end if;
  -- now() is the start of the transaction: a caller may send the time at which their transaction began.
  if new.effective_from < now() then
    raise exception using errcode = 'OPS07', message = 'an exception cannot take effect before it is recorded',
      detail = format('effective_from is %s', new.effective_from), hint = 'leave out effective_from to start now';
  end if;
  new.effective_from := greatest(new.effective_from, new.created_at);
  new.assurance := ops_private.caller_assurance(new.created_at);
  new.unmet := case when exists (
    select from ops.gate_requirements q where q.own_token or q.aal2
  ) then ops_private.what_is_unmet(
    ops_private.exception_conditions(new), new.approver_id, new.assurance, new.created_at) end;
  new.post_review_status := 'pending';
  new.reviewed_at := null;
  new.reviewed_by := null;
  new.revoked_at := null;
  new.revoked_by := null;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_exception"() IS 'Before insert: resolves the approver (42501, OPS06), and sets assurance, unmet and alone. Raises OPS07 when the approver is the initiator of the release and policy does not let them (ops_private.acts_alone), or when effective_from is in the past.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_exception"() FROM PUBLIC;
