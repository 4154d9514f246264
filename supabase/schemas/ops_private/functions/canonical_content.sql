-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.canonical_content (
  envelope   jsonb,
  actor      text,
  names_gate boolean
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release constant text := envelope ->> 'release_id';
  v_approver constant text := envelope -> 'payload' ->> 'approver_id';
  v_source_ref constant text := envelope -> 'payload' ->> 'source_ref';
  v_content jsonb;
begin
  if (jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'payload') = 'object') is not true then
    return null;
  end if;
  v_content := jsonb_strip_nulls(jsonb_build_object(
      'event_type', envelope -> 'event_type', 'source_system', envelope -> 'source_system',
      'release_id', envelope -> 'release_id', 'payload', envelope -> 'payload'))
    || jsonb_build_object('caller', actor);
  -- When the type implies the gate, an event with the gate equals one without it.
  if names_gate and v_approver is not null then
    v_content := v_content || jsonb_strip_nulls(jsonb_build_object('gate_code', envelope -> 'gate_code'));
    v_content := jsonb_set(v_content, '{payload,approver_id}',
      to_jsonb(coalesce((ops_private.member_named(v_approver)).recorded_as, ops_private.trim_name(v_approver))));
  end if;
  if names_gate then
    -- What somebody looked at is no part of what they decided: it is new at each try.
    v_content := v_content #- '{payload,seen}';
  end if;
  if v_release <> lower(v_release collate "C") then
    v_content := jsonb_set(v_content, '{release_id}', to_jsonb(lower(v_release collate "C")));
  end if;
  if v_source_ref <> lower(v_source_ref collate "C") then
    v_content := jsonb_set(v_content, '{payload,source_ref}', to_jsonb(ops_private.source_ref_of(v_source_ref)));
  end if;
  if jsonb_path_exists(v_content, 'strict $.** ? (@.type() == "number")') and v_content::text ~ '\.\d*0([^\d]|$)' then
    v_content := ops_private.trim_numbers(v_content);
  end if;
  return v_content;
end
$function$;

COMMENT ON FUNCTION "ops_private"."canonical_content"(jsonb, text, boolean) IS 'What must be equal for two submissions to be the same event: type, source, release, gate, payload and caller, with people resolved. Nulls, other fields of the envelope, seen, key order, trailing zeros and the case of a UUID make no difference. Null when the envelope or payload is not an object.';

REVOKE ALL ON FUNCTION "ops_private"."canonical_content"(jsonb, text, boolean) FROM PUBLIC;
