-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.verdicts_in_time (
  release ops.releases,
  moments timestamp with time zone[]
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_moment timestamptz;
  v_before ops.ops_gate_status[];
  v_judged ops_private.judgement;
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'verdict';
  if moments[1] > release.created_at then
    v_before := (ops_private.judge(release, 'G1', moments[1] - interval '1 microsecond')).statuses;
  end if;
  foreach v_moment in array moments loop
    v_judged := ops_private.judge(release, 'G1', v_moment);
    for v_entry.at, v_entry.fact, v_entry.status, v_entry.gate_code, v_entry.exception_id, v_entry.gate_name,
      v_entry.status_before, v_entry.first_missing in
      select
        v_moment, (v.gate).gate_id, (v.gate).status::text, (v.gate).gate_code, (v.gate).exception_id,
        (v.gate).gate_name, v_before[v.ordinality], (v.gate).first_missing
      from unnest(v_judged.verdicts) with ordinality as v
      where (v.gate).status <> v_before[v.ordinality]
    loop
      return next v_entry;
    end loop;
    v_before := v_judged.statuses;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."verdicts_in_time"(ops.releases, timestamp with time zone[]) IS 'The verdicts of a release that changed at some moments, which are given in order and without a gap: no other moment between the first and the last could change one. Each moment is judged once.';

REVOKE ALL ON FUNCTION "ops_private"."verdicts_in_time"(ops.releases, timestamp WITH time zone[]) FROM PUBLIC;
