CREATE OR REPLACE FUNCTION ops.event_shape (
  event_type text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
declare
  v_evidence constant jsonb := '{"field": "evidence", "type": "list", "max": 50, "of": [
    {"field": "artifact_type", "type": "enum", "required": true,
      "values": ["build_log", "test_result", "uat_summary", "approval_record", "rollback_plan", "release_notes",
        "health_check", "restore_drill", "incident_report", "reference"]},
    {"field": "artifact_url", "type": "uri", "required": true},
    {"field": "sha256", "type": "sha256"}]}';
  v_environment constant jsonb :=
    '{"field": "environment", "type": "enum", "required": true, "values": ["dev", "staging", "production"]}';
begin
  return case event_type
    when 'build_complete' then '[
      {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail"]},
      {"field": "check_name", "type": "name"},
      {"field": "checks", "type": "list", "max": 100, "of": [
        {"field": "check_name", "type": "name", "required": true},
        {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail", "warning", "skipped"]},
        {"field": "artifact_ref", "type": "text"}]},
      {"field": "artifact_ref", "type": "text"},
      {"field": "source_ref", "type": "name"}]'::jsonb || v_evidence
    when 'gate_signoff' then '[
      {"field": "decision", "type": "enum", "required": true, "values": ["approved", "rejected", "request_changes"]},
      {"field": "approver_id", "type": "name", "required": true},
      {"field": "persona_role", "type": "enum", "required": true,
        "values": ["developer", "qa_tester", "release_manager", "sre"]},
      {"field": "rationale_structured", "type": "object", "required": true, "filled": true},
      {"field": "rationale_text", "type": "text"}]'::jsonb || v_evidence
    when 'deployment_event' then v_environment || '[
      {"field": "deployment_ref", "type": "name", "required": true},
      {"field": "status", "type": "enum", "required": true,
        "values": ["in_progress", "succeeded", "failed", "rolled_back"]},
      {"field": "source_ref", "type": "name", "required": true},
      {"field": "deployed_by", "type": "name"},
      {"field": "deployed_at", "type": "time"},
      {"field": "rollback_of_ref", "type": "name"}]'::jsonb
    when 'health_check' then v_environment || '[
      {"field": "deployment_ref", "type": "name", "required": true},
      {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail", "warning", "skipped"]},
      {"field": "artifact_ref", "type": "text", "required": true},
      {"field": "check_name", "type": "name"}]'::jsonb || v_evidence
    when 'environment_event' then v_environment || '[
      {"field": "event_type", "type": "word", "required": true},
      {"field": "data", "type": "object"}]'::jsonb
  end;
end
$function$;

COMMENT ON FUNCTION "ops"."event_shape"(text) IS 'The fields of an event type''s payload, in order: name, type, whether required, the values of enums, the fields of a list''s entries; null for an unknown event type.';

REVOKE ALL ON FUNCTION "ops"."event_shape"(text) FROM PUBLIC;
