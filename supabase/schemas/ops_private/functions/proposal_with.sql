-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.proposal_with (
  hash text
)
  RETURNS ops.policy_changes
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  c ops.policy_changes;
begin
  if octet_length(proposal_with.hash) = 64 then
    select x.* into c from ops.policy_changes x where x.hash = lower(proposal_with.hash collate "C");
  end if;
  -- The same for a proposal of others, so that nobody finds out which there are.
  if c.change_id is null or not ops_private.sees(c.project) then
    raise exception using errcode = 'OPS04', message = 'no proposal with this hash is there for you to confirm',
      hint = 'copy the 64 hex digits from ops.v_policy_changes (ops-gates policy proposals); a proposal for every project is for release managers of every project';
  end if;
  return c;
end
$function$;

COMMENT ON FUNCTION "ops_private"."proposal_with"(text) IS 'The change with this hash. Raises OPS04 when there is none, or the caller may not act for its project; for every project, when it is for every project.';

REVOKE ALL ON FUNCTION "ops_private"."proposal_with"(text) FROM PUBLIC;
