-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_able_approvers (
  approvers text[],
  persona   text,
  project   text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not exists (
    select from unnest(approvers) as n (subject)
    where ops_private.holds(n.subject, persona, require_able_approvers.project)
  ) then
    raise exception using errcode = 'OPS06', message = format('nobody named in approvers holds the role %s%s', persona,
        case when require_able_approvers.project is not null then ' for the project' end),
      hint = 'name somebody who holds it, or grant it first (ops.grant_membership)';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_able_approvers"(text[], text, text) IS 'Raises OPS06 when none of the people named holds the role in which they are to approve, for the project (any when it is null): nobody could.';

REVOKE ALL ON FUNCTION "ops_private"."require_able_approvers"(text[], text, text) FROM PUBLIC;
