-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.policy_base (
  project   text,
  gate_code ops.ops_gate_code
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- A closed row stays in it: so a base never comes back, also when the old rows do.
  return (
    select encode(sha256(convert_to(coalesce(string_agg(
      q.requirement_id::text || case when q.valid_to is null then '+' else '-' end, ',' order by q.requirement_id
    ), ''), 'UTF8')), 'hex')
    from ops.gate_requirements q
    where q.gate_code = policy_base.gate_code and (q.project = policy_base.project or q.project is null and not exists (
      select from ops.gate_requirements own
      where own.project = policy_base.project and own.gate_code = policy_base.gate_code and own.valid_to is null
    ))
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."policy_base"(text, ops.ops_gate_code) IS 'A digest of the rows that a gate of a project has and had; also of the default rows, while the project has none of its own. Null: of the default rows. It never has an earlier value again.';

REVOKE ALL ON FUNCTION "ops_private"."policy_base"(text, ops.ops_gate_code) FROM PUBLIC;
