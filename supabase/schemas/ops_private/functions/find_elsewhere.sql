-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_elsewhere (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_closed boolean;
begin
  select s.what, s.closed, s.who into f.detail, v_closed, f.who from ops_private.stop_elsewhere(release, as_of) as s;
  if f.detail is null then
    return null;
  end if;
  f.kind := 'objected_elsewhere';
  f.state := 'failed';
  f.requirement := 'no other release of the same source_ref is stopped';
  f.remedy := case when v_closed
    then 'release another commit, or open a gate_bypass that names G3: the other release is closed, and takes no approval and no build that passes'
    else 'resolve what stopped the other release, and record that there; or release another commit' end;
  -- What stopped a closed release stands for good, and nobody ends more than 100 stops.
  if v_closed or f.who is null then
    f.who := ops_private.gate_owner('G3');
  end if;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_elsewhere"(ops.releases, timestamp with time zone) IS 'Finding objected_elsewhere: another release of the project with the same source_ref is rejected, has a failed check from a machine, or has a contested report. Null when none is.';

REVOKE ALL ON FUNCTION "ops_private"."find_elsewhere"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
