-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.ways_of_unreadable (
  c   ops.contested_reports,
  OUT who text,
  OUT remedy text
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_objects constant boolean := c.event_type = 'gate_signoff' and not ops_private.is_by_machine(c);
  v_fits constant boolean := ops_private.may_be_key(c.idempotency_key, c.event_type, c.created_role);
begin
  -- Only its sender can correct it. People end their own objection also by a new decision, and nobody else ends it.
  who := case when v_objects or v_fits then c.created_role else 'release_manager' end;
  remedy := concat_ws('; or ',
    case when v_fits then format(
      'correct the refused event, and send it again as %s under the key %s, or where that is taken under %s',
      c.created_by, c.idempotency_key, ops_private.next_attempt(c.idempotency_key)) end,
    case
      when v_objects then case when c.created_role = 'qa_tester'
        then 'decide on G2' else 'decide on the release as a whole' end
      when not exists (
        select from ops_private.requirements_in_force n
        where n.release_id = c.release_id and n.kind = 'check' and n.subject = c.check_name
      ) then 'have a release manager dismiss the report'
      when not v_fits then 'have a release manager open an exception for the gate' end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."ways_of_unreadable"(ops.contested_reports) IS 'Who can end a contested report that cannot be read, and how: its sender by a correction, where an event of theirs can have its key; a person by deciding again; otherwise a release manager by a dismissal, or, where policy asks for its check by name, by an exception.';

REVOKE ALL ON FUNCTION "ops_private"."ways_of_unreadable"(ops.contested_reports) FROM PUBLIC;
