-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.ways_of_unreadable (
  c     ops.contested_reports,
  as_of timestamp with time zone,
  OUT   who text,
  OUT   remedy text
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_here constant boolean := c.created_role = 'service_role'
    or ops_private.held_at(c.created_by, c.created_role, c.project, ways_of_unreadable.as_of);
  v_objects constant boolean := c.event_type = 'gate_signoff' and not ops_private.is_by_machine(c);
  v_key constant text := case when v_here then ops_private.key_of_correction(c) end;
begin
  -- Only its sender can correct it. People end their own objection also by a new decision, and nobody else does while
  -- they are members.
  who := case when v_here and v_objects or v_key is not null then c.created_role else 'release_manager' end;
  remedy := concat_ws('; or ',
    format('correct the refused event, and send it again as %s under the key ', c.created_by) || v_key,
    case
      when v_here and v_objects and c.created_role = 'qa_tester' then 'decide on G2'
      when v_here and v_objects then 'decide on the release as a whole'
      when ops_private.may_be_dismissed(c) then 'have a release manager dismiss the report'
      when v_key is null then 'have a release manager open an exception for the gate' end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."ways_of_unreadable"(ops.contested_reports, timestamp with time zone) IS 'Who can end a contested report that cannot be read, and how: its sender, while they are a member, by a correction, where an event of theirs can have its key; a person by deciding again; otherwise a release manager by a dismissal, or, where policy asks for its check by name, by an exception.';

REVOKE ALL ON FUNCTION "ops_private"."ways_of_unreadable"(ops.contested_reports, timestamp WITH time zone) FROM PUBLIC;
