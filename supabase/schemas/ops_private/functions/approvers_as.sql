-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.approvers_as (
  decisions ops_private.standing_decision[],
  personas  text[]
)
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select d.approver_id from unnest(decisions) as d
    where d.decision = 'approved' and d.persona_role::text = any (personas) and not ops_private.is_unsure(d.unmet)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."approvers_as"(ops_private.standing_decision[], text[]) IS 'Who approves in one of these personas, also by an approval that does not count, unless it is not surely theirs (ops_private.is_unsure).';

REVOKE ALL ON FUNCTION "ops_private"."approvers_as"(ops_private.standing_decision[], text[]) FROM PUBLIC;
