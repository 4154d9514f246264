-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.left_out (
  project      text,
  gate_code    ops.ops_gate_code,
  requirements jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if left_out.project is not null and requirements = '[]' then
    return '[]'::jsonb;
  end if;
  return (
    select coalesce(jsonb_agg(d.item order by d.item), '[]')
    from jsonb_array_elements(ops_private.own_requirements(null, left_out.gate_code)) as q (entry)
    cross join lateral (
      select jsonb_strip_nulls(jsonb_build_object('kind', q.entry -> 'kind', 'subject', q.entry -> 'subject')) as item
    ) as d
    where q.entry ->> 'enforcement' = 'blocking' and not exists (
      select from jsonb_array_elements(requirements) as e (entry)
      where e.entry ->> 'kind' = q.entry ->> 'kind'
        and e.entry ->> 'subject' is not distinct from q.entry ->> 'subject'
        and not ops_private.asks_less(e.entry, q.entry)
    )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."left_out"(text, ops.ops_gate_code, jsonb) IS 'The default blocking requirements in force for a gate that these (in normal form) leave out or ask less of (ops_private.asks_less), each as {kind, subject}. None when a project goes back to the defaults.';

REVOKE ALL ON FUNCTION "ops_private"."left_out"(text, ops.ops_gate_code, jsonb) FROM PUBLIC;
