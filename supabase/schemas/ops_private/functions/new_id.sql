-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.new_id()
  RETURNS uuid
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  -- The time in units of 1/4096 ms: the upper 48 bits are milliseconds, the lower 12 bits the fraction.
  v_time constant bigint := date_part('epoch', clock_timestamp()) * 4096000;
begin
  -- Insert the version (28672 is 0x7000) between the two parts. Append the variant and random bits.
  return (
    lpad(to_hex(v_time + (v_time >> 12) * 61440 + 28672), 16, '0') || substr(gen_random_uuid()::text, 20)
  )::uuid;
end
$function$;

COMMENT ON FUNCTION "ops_private"."new_id"() IS 'A new uuid of version 7 (RFC 9562), ordered by the microsecond, so that rows written together are neighbours in every index. Postgres 18 has uuidv7().';
