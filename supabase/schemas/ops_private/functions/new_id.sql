-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.new_id()
  RETURNS uuid
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  -- In 4096ths of a millisecond: the upper 48 bits are the milliseconds, the lower 12 the part below.
  v_time constant bigint := date_part('epoch', clock_timestamp()) * 4096000;
begin
  -- The version goes between them: 28672 is 0x7000. What follows is random, with the variant.
  return (
    lpad(to_hex(v_time + (v_time >> 12) * 61440 + 28672), 16, '0') || substr(gen_random_uuid()::text, 20)
  )::uuid;
end
$function$;

COMMENT ON FUNCTION "ops_private"."new_id"() IS 'A new uuid of version 7 (RFC 9562), ordered by the microsecond: rows that are written together lie together in every index. Postgres 18 has uuidv7().';
