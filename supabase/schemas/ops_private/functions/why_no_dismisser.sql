-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.why_no_dismisser (
  release ops.releases,
  person  text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.initiating_actor = person then
    return 'initiator';
  elsif exists (
    select from ops.approvals a
    where a.release_id = release.release_id and a.approver_id = person and a.decision = 'approved'
      and not ops_private.is_unsure(a.unmet)
  ) or exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and x.approver_id = person and not ops_private.is_unsure(x.unmet)
  ) then
    return 'approver';
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."why_no_dismisser"(ops.releases, text) IS 'Why a person dismisses nothing of a release: initiator, or approver of anything of it, an exception included. Null when nothing bars them. An approval that is not surely theirs (ops_private.is_unsure) does not bar them.';

REVOKE ALL ON FUNCTION "ops_private"."why_no_dismisser"(ops.releases, text) FROM PUBLIC;
