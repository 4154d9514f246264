CREATE OR REPLACE FUNCTION ops.gates_of (
  release_id uuid
)
  RETURNS ops.release_gates[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return array(select g from ops.release_gates g where g.release_id = gates_of.release_id order by g.gate_code);
end
$function$;

COMMENT ON FUNCTION "ops"."gates_of"(uuid) IS 'The gates of a release as stored, G1 first.';

REVOKE ALL ON FUNCTION "ops"."gates_of"(uuid) FROM PUBLIC;
