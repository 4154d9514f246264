-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_drops (
  change ops.policy_changes
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_left_out constant jsonb := ops_private.left_out(change.project, change.gate_code, change.requirements);
  v_unnamed jsonb;
  v_unknown jsonb;
begin
  v_unnamed := (
    select jsonb_agg(d.value) from jsonb_array_elements(v_left_out) as d
    where d.value <> all (array(select n.value from jsonb_array_elements(change.dropped) as n))
  );
  v_unknown := (
    select jsonb_agg(n.value) from jsonb_array_elements(change.dropped) as n
    where n.value <> all (array(select d.value from jsonb_array_elements(v_left_out) as d))
  );
  if v_unnamed is not null then
    raise exception using errcode = 'OPS10',
      message = format('the proposal leaves out, or asks less of, what the defaults of %s require, and drop does not name it: %s',
        change.gate_code, ops_private.requirements_in_words(v_unnamed)),
      hint = format('keep it, or name it in drop: %s', left(v_unnamed::text, 2000));
  elsif v_unknown is not null then
    raise exception using errcode = 'OPS10',
      message = format('drop names what the proposal keeps of the defaults of %s: %s',
        change.gate_code, ops_private.requirements_in_words(v_unknown)),
      hint = 'name in drop only default blocking requirements that the proposal leaves out or asks less of';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_drops"(ops.policy_changes) IS 'Raises OPS10 unless dropped names exactly the default blocking requirements that a proposal leaves out or asks less of.';

REVOKE ALL ON FUNCTION "ops_private"."require_drops"(ops.policy_changes) FROM PUBLIC;
