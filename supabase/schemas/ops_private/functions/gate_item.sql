-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_item (
  a        ops_private.asked_release,
  gate     ops.release_gates,
  findings ops.gate_finding[],
  role     text
)
  RETURNS ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_signs boolean;
  v_kind ops.ops_inbox_kind;
  v_first ops.ops_inbox_kind;
  v_what text;
  v_remedy text;
begin
  foreach f in array findings loop
    continue when not ops_private.waits_for_role(a, f, role);
    if v_signs is null and (f.kind = 'approval' or f.kind = 'evidence' and role = 'release_manager') then
      v_signs := ops_private.may_sign(a, gate, role);
    end if;
    v_kind := ops_private.kind_for(a, gate, f, role, v_signs);
    continue when v_kind is null;
    v_first := case when 'failed' in (v_first, v_kind) then 'failed' else least(v_first, v_kind) end;
    v_what := concat_ws('; ', v_what, format('%s (%s)', f.requirement, f.detail));
    v_remedy := concat_ws(
      '; ', v_remedy, case v_kind when 'sign_off' then format(
        'sign off %s (ops-gates emit gate_signoff %s --gate %s)', gate.gate_code, gate.release_id, gate.gate_code)
        else ops_private.remedy_for(f, role) end);
  end loop;
  return case when v_first is not null then ops_private.item_of(
    a, v_first, role, gate, null, v_what, v_remedy, ops_private.waits_since(a.gates, gate.gate_code)) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_item"(ops_private.asked_release, ops.release_gates, ops.gate_finding[], text) IS 'What waits at a gate for the person in a role, with all that they can do: a sign-off brings its evidence along. Null when nothing does.';

REVOKE ALL ON FUNCTION "ops_private"."gate_item"(ops_private.asked_release, ops.release_gates, ops.gate_finding[], text) FROM PUBLIC;
