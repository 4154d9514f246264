-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_batch (
  events jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if jsonb_typeof(events) is distinct from 'array' then
    raise exception using errcode = '22023', message = 'a batch is a JSON array of events',
      hint = 'send one event to ops.ingest_event';
  -- 4 MiB of text have at most six times as much as jsonb. Each event has a limit of its own.
  elsif pg_column_size(events #> '{}') > 33554432 then
    raise exception using errcode = '54000', message = 'a batch holds at most 4 MiB of text',
      hint = 'send the events in several batches';
  elsif jsonb_array_length(events) not between 1 and 100 then
    raise exception using errcode = '54000', message = 'a batch holds 1 to 100 events',
      hint = 'send the events in several batches';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_batch"(jsonb) IS 'Raises 22023 unless this is an array, 54000 unless it has 1 to 100 elements in at most 32 MiB, as Postgres stores them.';

REVOKE ALL ON FUNCTION "ops_private"."require_batch"(jsonb) FROM PUBLIC;
