CREATE OR REPLACE FUNCTION ops.gate_statuses (
  release_id uuid
)
  RETURNS ops.ops_gate_status[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return array(
    select g.status from ops.release_gates g where g.release_id = gate_statuses.release_id order by g.gate_code
  );
end
$function$;

COMMENT ON FUNCTION "ops"."gate_statuses"(uuid) IS 'The verdicts on the gates of a release as stored, G1 first.';

REVOKE ALL ON FUNCTION "ops"."gate_statuses"(uuid) FROM PUBLIC;
