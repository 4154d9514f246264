-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.roles_for (
  roles text[],
  owns  boolean,
  f     ops.gate_finding
)
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array_remove(array[
    case when f.who <> 'developer' and f.who = any (roles) then f.who end,
    -- Who started the release repairs what fails its build.
    case when 'developer' = any (roles) and owns is not false
      and (f.who = 'developer' or owns and f.gate_code = 'G1' and f.state = 'failed') then 'developer' end], null);
end
$function$;

COMMENT ON FUNCTION "ops_private"."roles_for"(text[], boolean, ops.gate_finding) IS 'Those of the roles of a person for which a finding waits: the one that it names. A developer sees what is about their own releases, and what failed their builds. owns: whether the person started or opened the release; null for nobody, who is asked with every role.';

REVOKE ALL ON FUNCTION "ops_private"."roles_for"(text[], boolean, ops.gate_finding) FROM PUBLIC;
