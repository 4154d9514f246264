CREATE OR REPLACE FUNCTION ops.covering_exception (
  c             ops.gate_context,
  only_evidence boolean
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return (
    select x.exception_id from ops.exceptions x
    where x.release_id = c.release_id and c.gate_code = any (x.impacted_gates) and ops.is_active(x, c.as_of)
      and (x.exception_type = 'gate_bypass' or (x.exception_type = 'evidence_waiver' and only_evidence))
    order by x.expires_at desc, x.exception_id limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops"."covering_exception"(ops.gate_context, boolean) IS 'The one exception, active at the moment, that covers all that a gate misses: a bypass, or a waiver when it misses only evidence. Of several the one that ends last, then by id.';

REVOKE ALL ON FUNCTION "ops"."covering_exception"(ops.gate_context, boolean) FROM PUBLIC;
