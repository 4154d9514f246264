CREATE OR REPLACE FUNCTION ops.event_shape (
  event_type text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
declare
  v_evidence constant jsonb := '{"type": "list", "max": 50, "of": {
    "artifact_type": {"type": "enum", "required": true,
      "values": ["build_log", "test_result", "uat_summary", "approval_record", "rollback_plan", "release_notes",
        "health_check", "restore_drill", "incident_report", "reference"]},
    "artifact_url": {"type": "uri", "required": true}, "sha256": {"type": "sha256"}}}';
  v_check_status constant jsonb :=
    '{"type": "enum", "required": true, "values": ["pass", "fail", "warning", "skipped"]}';
  v_environment constant jsonb := '{"type": "enum", "required": true, "values": ["dev", "staging", "production"]}';
  v_required_name constant jsonb := '{"type": "name", "required": true}';
  v_name constant jsonb := '{"type": "name"}';
  v_text constant jsonb := '{"type": "text"}';
begin
  return case event_type
    when 'build_complete' then jsonb_build_object(
      'status', '{"type": "enum", "required": true, "values": ["pass", "fail"]}'::jsonb, 'check_name', v_name,
      'checks', jsonb_build_object('type', 'list', 'max', 100, 'of', jsonb_build_object(
        'check_name', v_required_name, 'status', v_check_status, 'artifact_ref', v_text)),
      'evidence', v_evidence, 'artifact_ref', v_text, 'source_ref', v_name)
    when 'gate_signoff' then jsonb_build_object(
      'decision', '{"type": "enum", "required": true, "values": ["approved", "rejected", "request_changes"]}'::jsonb,
      'approver_id', v_required_name,
      'persona_role',
        '{"type": "enum", "required": true, "values": ["developer", "qa_tester", "release_manager", "sre"]}'::jsonb,
      'rationale_structured', '{"type": "object", "required": true, "filled": true}'::jsonb,
      'rationale_text', v_text, 'evidence', v_evidence)
    when 'deployment_event' then jsonb_build_object(
      'environment', v_environment, 'deployment_ref', v_required_name,
      'status',
        '{"type": "enum", "required": true, "values": ["in_progress", "succeeded", "failed", "rolled_back"]}'::jsonb,
      'source_ref', v_required_name, 'deployed_by', v_name, 'deployed_at', '{"type": "time"}'::jsonb,
      'rollback_of_ref', v_name)
    when 'health_check' then jsonb_build_object(
      'environment', v_environment, 'deployment_ref', v_required_name, 'status', v_check_status,
      'artifact_ref', '{"type": "text", "required": true}'::jsonb, 'check_name', v_name, 'evidence', v_evidence)
    when 'environment_event' then jsonb_build_object(
      'environment', v_environment, 'event_type', '{"type": "word", "required": true}'::jsonb,
      'data', '{"type": "object"}'::jsonb)
  end;
end
$function$;

COMMENT ON FUNCTION "ops"."event_shape"(text) IS 'The fields of an event type''s payload: type, whether required, and for enums the values; null for an unknown event type.';

REVOKE ALL ON FUNCTION "ops"."event_shape"(text) FROM PUBLIC;
