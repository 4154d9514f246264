-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.as_turned (
  judged ops_private.judgement,
  moment timestamp with time zone
)
  RETURNS ops_private.judgement
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_verdict ops_private.gate_verdict;
  v_verdicts ops_private.gate_verdict[] := '{}'::ops_private.gate_verdict[];
begin
  foreach v_verdict in array judged.verdicts loop
    if (v_verdict.gate).status <> (v_verdict.stored).status then
      v_verdict.gate.entered_at := case (v_verdict.gate).status
        when 'pending' then null
        when 'in_progress' then moment
        else coalesce((v_verdict.stored).entered_at, moment) end;
      v_verdict.gate.resolved_at := case when (v_verdict.gate).resolved_at is not null then moment end;
    end if;
    v_verdicts := v_verdicts || v_verdict;
  end loop;
  judged.verdicts := v_verdicts;
  return judged;
end
$function$;

COMMENT ON FUNCTION "ops_private"."as_turned"(ops_private.judgement, timestamp with time zone) IS 'Verdicts that time alone changed, with the moment at which they changed. It is earlier than that at which they were judged.';

REVOKE ALL ON FUNCTION "ops_private"."as_turned"(ops_private.judgement, timestamp WITH time zone) FROM PUBLIC;
