-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_personas (
  entries ops_private.policy_entry[]
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_roles constant text[] := enum_range(null::ops.ops_persona_role)::text[];
  v_unknown constant text := (
    select min(e.subject) from unnest(entries) as e where e.kind = 'approval' and e.subject <> all (v_roles));
begin
  if v_unknown is not null then
    raise exception using errcode = 'OPS10', message = format('there is no role %s to approve in', left(v_unknown, 200)),
      hint = format('the subject of an approval is one of %s', array_to_string(v_roles, ', '));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_personas"(ops_private.policy_entry[]) IS 'Raises OPS10 when a requirement asks for approvals in an unknown role, and names the roles.';

REVOKE ALL ON FUNCTION "ops_private"."require_personas"(ops_private.policy_entry[]) FROM PUBLIC;
