-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_dismisser (
  release ops.releases,
  person  text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.initiating_actor = person then
    perform ops_private.refuse_dismissal(
      'the initiator of a release dismisses nothing of it', 'another release manager can',
      'ask them, and say why it should be dismissed');
  elsif exists (
    select from ops.approvals a
    where a.release_id = release.release_id and a.approver_id = person and a.decision = 'approved'
      and not ops_private.is_unsure(a.unmet)
  ) or exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and x.approver_id = person and not ops_private.is_unsure(x.unmet)
  ) then
    perform ops_private.refuse_dismissal(
      'who approved something of a release, or an exception for it, dismisses nothing of it',
      'a release manager who approved nothing of it can', 'ask them, and say why it should be dismissed');
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_dismisser"(ops.releases, text) IS 'Raises OPS11 for the initiator of a release, and for who ever approved anything of it, an exception included. An approval that is not surely theirs (ops_private.is_unsure) does not bar them.';

REVOKE ALL ON FUNCTION "ops_private"."require_dismisser"(ops.releases, text) FROM PUBLIC;
