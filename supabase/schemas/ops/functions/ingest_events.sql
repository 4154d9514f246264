-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.ingest_events (
  events jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET lock_timeout TO '5s'
  AS $function$
declare
  v_event jsonb;
  v_answers jsonb[] = '{}'::jsonb[];
begin
  perform ops_private.require_role('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre');
  perform ops_private.refuse_isolation();
  perform ops_private.require_batch(events);
  perform ops_private.lock_batch(events);
  for v_event in
    select e.value from jsonb_array_elements(events) with ordinality as e order by e.ordinality
  loop
    v_answers := v_answers || case
      -- What is no object has no such field: the answer is null, and would leave the second question to be asked.
      when jsonb_typeof(v_event -> 'refusal') is not distinct from 'object' and v_event - 'refusal' = '{}'
        then ops.record_refusal(v_event -> 'refusal')
      else ops.ingest_event(v_event) end;
  end loop;
  return to_jsonb(v_answers);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."ingest_events"(jsonb) TO "ci_service_role", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."ingest_events"(jsonb) IS 'Records 1 to 100 events, at most 32 MiB as Postgres stores them, in one transaction and in their order. Returns an array with the answer of ops.ingest_event to each, in the same order. An event that is refused, or ends in an unexpected error, changes nothing and stops no other one; the second of two equal events is a duplicate. An element {refusal: {…}} and nothing else is what ops.record_refusal takes: the edge function puts one where it refused an event itself. Raises what a retry can solve (40001, 40P01, 55P03, classes 08, 53, 57), and then nothing of the batch is recorded: send the same batch again. A release of the past that cannot be judged raises when the transaction ends, and nothing of the batch is recorded: send its events one by one. 22023 for what is no array, and for a refusal that the edge function does not make; 54000 for too many or too much; OPS03 above read committed; 42501 for a role that may send no events.';

REVOKE ALL ON FUNCTION "ops"."ingest_events"(jsonb) FROM PUBLIC;
