CREATE OR REPLACE FUNCTION ops.find_no_failed_checks (
  c     ops.gate_context,
  INOUT f ops.gate_finding
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_failed text;
  v_trusted boolean;
begin
  select string_agg(latest.check_name, ', ' order by latest.check_name), bool_or(latest.trusted)
  into v_failed, v_trusted
  from (
    select distinct on (gc.check_name, gc.trusted) gc.check_name, gc.trusted, gc.status
    from ops.gate_checks gc
    where gc.release_id = c.release_id and gc.gate_id = c.gate_id and gc.created_at <= c.as_of
    order by gc.check_name, gc.trusted, gc.observed_at desc, gc.status
  ) as latest
  where latest.status = 'fail';
  f.requirement := 'no check failed';
  f.state := case when v_failed is null then 'satisfied' else 'failed' end;
  f.detail := coalesce('failed: ' || v_failed, 'no check failed');
  f.who := case when v_trusted is not false then ops.gate_owner('G1') else 'developer' end;
  f.remedy := 'mend what failed and run it again: a rerun that passes heals';
end
$function$;

COMMENT ON FUNCTION "ops"."find_no_failed_checks"(ops.gate_context, ops.gate_finding) IS 'Requirement `no_failed_checks`: the latest observation per name and trust class is not a failure.';

REVOKE ALL ON FUNCTION "ops"."find_no_failed_checks"(ops.gate_context, ops.gate_finding) FROM PUBLIC;
