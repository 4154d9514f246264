-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_release()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Shared with other releases, exclusive to a change of policy: a release is opened before or after it, not during.
  perform pg_advisory_xact_lock_shared(hashtextextended('ops.gate_requirements', 0));
  new.initiating_actor := ops_private.resolve_person(name => new.initiating_actor);
  -- No constraint: those are asked again at every update, and these never change.
  if (
    '' <> all (array[btrim(new.project), btrim(new.release_name), btrim(new.source_ref), btrim(new.initiating_actor)])
    and greatest(
      octet_length(new.project), octet_length(new.release_name), octet_length(new.source_ref),
      octet_length(new.initiating_actor)
    ) <= 255
  ) is false then
    raise exception using errcode = '23514', constraint = 'identity_is_named_and_short', schema = 'ops',
      table = 'releases', message = 'project, release_name, source_ref or initiating_actor is blank or too long',
      hint = 'each has 1 to 255 bytes';
  end if;
  if (new.status, new.cleared_for, new.excepted) <> ('draft', 'dev', false) then
    raise exception using errcode = 'OPS02', message = 'a release is born as a draft',
      hint = 'leave status, cleared_for and excepted out: they follow the facts';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_release"() IS 'Before insert: queues behind changes of policy and resolves the initiator: people are always themselves (42501), machines name a member (OPS06); what identifies it is neither blank nor long (23514).';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_release"() FROM PUBLIC;
