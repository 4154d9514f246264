-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.waits_since (
  gates     ops.release_gates[],
  gate_code ops.ops_gate_code
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
  v_earlier timestamptz;
begin
  foreach g in array gates loop
    exit when g.gate_code = waits_since.gate_code;
    v_earlier := greatest(v_earlier, g.resolved_at);
  end loop;
  return case
    when g.status = 'failed' then g.resolved_at
    when g.gate_code = 'G4' and g.entered_at is not null then g.entered_at
    else coalesce(v_earlier, g.created_at)
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."waits_since"(ops.release_gates[], ops.ops_gate_code) IS 'Since when a gate that is not passed waits: since it failed; G4 since it has facts of the newest deployment; otherwise since the gates before it got their verdict.';
