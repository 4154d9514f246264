-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_items (
  a     ops_private.asked_release,
  codes ops.ops_gate_code[]
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
  v_findings ops.gate_finding[];
  v_role text;
  i ops.inbox_item;
begin
  foreach g in array a.gates loop
    continue when g.status in ('passed', 'bypassed')
      or g.gate_code <> all (codes) and not (g.gate_code = 'G1' and g.status = 'failed' and 'developer' = any (a.roles))
      or not ops_private.is_in_turn(a, g);
    v_findings := ops_private.open_findings(a, g);
    foreach v_role in array a.roles loop
      i := ops_private.gate_item(a, g, v_findings, v_role);
      if i.kind is not null then
        return next i;
      end if;
    end loop;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_items"(ops_private.asked_release, ops.ops_gate_code[]) IS 'What waits at the gates of a release whose turn it is: one item per gate and role, with all that the person can do. codes: the gates that can need one of the roles.';

REVOKE ALL ON FUNCTION "ops_private"."gate_items"(ops_private.asked_release, ops.ops_gate_code[]) FROM PUBLIC;
