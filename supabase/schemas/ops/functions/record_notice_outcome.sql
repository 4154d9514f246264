-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.record_notice_outcome (
  delivery_id uuid,
  attempt     integer,
  outcome     text,
  http_status integer DEFAULT NULL::integer,
  error_code  text    DEFAULT NULL::text
)
  RETURNS text
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.notice_deliveries;
begin
  perform ops_private.require_role('service_role');
  perform ops_private.refuse_outcome(outcome, http_status, error_code);
  select u.* into d from ops.notice_deliveries u
  where u.delivery_id = record_notice_outcome.delivery_id for update;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such delivery',
      hint = 'ops.claim_notices returns the delivery_id';
  elsif d.state = 'delivered' and d.attempt = record_notice_outcome.attempt and outcome = 'delivered' then
    return 'delivered'; -- said twice
  elsif d.state <> 'claimed' or d.attempt is distinct from record_notice_outcome.attempt then
    return 'overtaken';
  end if;
  if outcome = 'failed' then
    return (ops_private.fail_delivery(d, error_code, http_status)).state;
  end if;
  update ops.notice_deliveries u
  set state = 'delivered', http_status = record_notice_outcome.http_status, ended_at = clock_timestamp()
  where u.delivery_id = d.delivery_id
  returning u.* into d;
  return d.state;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."record_notice_outcome"(uuid, integer, text, integer, text) TO "service_role";

COMMENT ON FUNCTION "ops"."record_notice_outcome"(uuid, integer, text, integer, text) IS 'Records how a claimed delivery ended: delivered, or failed with an error_code (http_status, timeout, connection, tls, redirect, private_address, name_not_found, secret_missing, secret_malformed, too_large, address_refused, unexpected). Returns its state: delivered, waiting (it is tried again), set_aside after the ninth failed try; or overtaken, and changes nothing, when this attempt is not the one that holds it. Only service_role may call it. OPS04: unknown delivery; 22023: no outcome.';

REVOKE ALL ON FUNCTION "ops"."record_notice_outcome"(uuid, integer, text, integer, text) FROM PUBLIC;
