-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.with_verdicts_by_facts (
  verdicts ops_private.gate_verdict[],
  release  ops.releases,
  as_of    timestamp with time zone
)
  RETURNS ops_private.gate_verdict[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases := release;
  v_by_facts ops_private.gate_verdict[];
  v_verdict ops_private.gate_verdict;
begin
  v_release.excepted := false;
  v_by_facts := (ops_private.judge(v_release, 'G1', as_of)).verdicts;
  for v_place in 1 .. cardinality(verdicts) loop
    v_verdict := verdicts[v_place];
    v_verdict.gate.status_without_exception := ((v_by_facts[v_place]).gate).status;
    v_verdict.gate.first_missing_without_exception := ((v_by_facts[v_place]).gate).first_missing;
    verdicts[v_place] := v_verdict;
  end loop;
  return verdicts;
end
$function$;

COMMENT ON FUNCTION "ops_private"."with_verdicts_by_facts"(ops_private.gate_verdict[], ops.releases, timestamp with time zone) IS 'Verdicts on the gates of a release, G1 first, with the verdict on each as if the release had no exception. That is the answer whenever no exception is active.';

REVOKE ALL ON FUNCTION "ops_private"."with_verdicts_by_facts"(ops_private.gate_verdict[], ops.releases, timestamp WITH time zone) FROM PUBLIC;
