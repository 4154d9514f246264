CREATE OR REPLACE FUNCTION ops.find_no_failed_checks (
  checks  ops.current_check[],
  in_full boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  f ops.gate_finding;
  v_check ops.current_check;
  v_failed text;
  v_trusted boolean := false;
begin
  foreach v_check in array checks loop
    if v_check.status = 'fail' then
      v_failed := concat_ws(', ', v_failed, v_check.check_name);
      v_trusted := v_trusted or v_check.trusted;
    end if;
  end loop;
  if v_failed is null and not in_full then
    return null;
  end if;
  f.state := case when v_failed is null then 'satisfied' else 'failed' end;
  f.requirement := 'no check failed';
  f.detail := coalesce('failed: ' || v_failed, 'no check failed');
  f.who := case when v_failed is null or v_trusted then ops.gate_owner('G1') else 'developer' end;
  f.remedy := 'mend what failed and run it again: a rerun that passes heals';
  return f;
end
$function$;

COMMENT ON FUNCTION "ops"."find_no_failed_checks"(ops.current_check[], boolean) IS 'Requirement `no_failed_checks`: the latest observation per name and trust class is not a failure.';

REVOKE ALL ON FUNCTION "ops"."find_no_failed_checks"(ops.current_check[], boolean) FROM PUBLIC;
