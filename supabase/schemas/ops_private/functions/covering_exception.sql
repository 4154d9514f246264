-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.covering_exception (
  release_id    uuid,
  gate_codes    ops.ops_gate_code[],
  only_evidence boolean,
  as_of         timestamp with time zone,
  policy        ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select x.exception_id from ops.exceptions x
    where x.release_id = covering_exception.release_id and x.impacted_gates @> covering_exception.gate_codes
      and (x.exception_type = 'gate_bypass' or (x.exception_type = 'evidence_waiver' and only_evidence))
      and ops_private.authorises(x, as_of, covering_exception.policy)
    order by x.expires_at desc, x.exception_id limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."covering_exception"(uuid, ops.ops_gate_code[], boolean, timestamp
  with time zone, ops_private.requirements_in_force[]) IS 'The exception with an effect at the moment that names all these gates and covers everything that is missing: a gate_bypass, or an evidence_waiver when only evidence is missing. If there are several: the one that ends last, then the smallest id.';

REVOKE ALL ON FUNCTION "ops_private"."covering_exception"(uuid, ops.ops_gate_code[], boolean, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
