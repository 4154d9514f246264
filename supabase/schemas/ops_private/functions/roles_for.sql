-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.roles_for (
  a ops_private.asked_release,
  f ops.gate_finding
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(select r.role from unnest(a.roles) as r (role) where ops_private.waits_for_role(a, f, r.role));
end
$function$;

COMMENT ON FUNCTION "ops_private"."roles_for"(ops_private.asked_release, ops.gate_finding) IS 'Those of the person''s roles for which a finding waits.';

REVOKE ALL ON FUNCTION "ops_private"."roles_for"(ops_private.asked_release, ops.gate_finding) FROM PUBLIC;
