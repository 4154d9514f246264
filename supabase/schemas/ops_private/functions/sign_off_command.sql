-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.sign_off_command (
  release_id uuid,
  gate_code  ops.ops_gate_code,
  missing    ops.gate_finding[] DEFAULT '{}'::ops.gate_finding[]
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return format(
    'ops-gates emit gate_signoff %s --gate %s --decision approved --rationale ''{"…": "…"}''%s', release_id, gate_code, (
      -- Of several types that will do, the first.
      select string_agg(format(' --evidence %s=…', split_part(f.subject, '|', 1)), '' order by f.subject)
      from unnest(missing) as f where f.kind = 'evidence'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."sign_off_command"(uuid, ops.ops_gate_code, ops.gate_finding[]) IS 'The command by which a person signs off a gate. missing: what the gate misses; the sign-off brings the evidence of it along.';

REVOKE ALL ON FUNCTION "ops_private"."sign_off_command"(uuid, ops.ops_gate_code, ops.gate_finding[]) FROM PUBLIC;
