-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismisses_alone (
  release ops.releases,
  person  text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_why constant text := ops_private.why_no_dismisser(release, person);
begin
  if v_why is null then
    return false;
  end if;
  -- Any gate may change by a dismissal, so policy must let them at each.
  if ops_private.lets_alone(release.release_id, '{G1,G2,G3,G4}') and ops_private.is_alone(person, release.project) then
    return true;
  end if;
  raise exception using errcode = 'OPS11',
    message = case when v_why = 'initiator' then 'the initiator of a release dismisses nothing of it'
      else 'who approved something of a release, or an exception for it, dismisses nothing of it' end,
    detail = case when v_why = 'initiator' then 'another release manager can'
      else 'a release manager who approved nothing of it can' end,
    hint = 'ask them, and say why it should be dismissed';
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismisses_alone"(ops.releases, text) IS 'Whether a person could not dismiss anything of a release (ops_private.why_no_dismisser), but that policy has the kind alone on each gate and they are the only release manager (ops_private.is_alone). Raises OPS11 when they may not dismiss.';

REVOKE ALL ON FUNCTION "ops_private"."dismisses_alone"(ops.releases, text) FROM PUBLIC;
