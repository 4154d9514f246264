CREATE OR REPLACE FUNCTION ops.release_context (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS ops.gate_context
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  c ops.gate_context;
begin
  c.release_id := release.release_id;
  c.project := release.project;
  c.opened_at := release.created_at;
  c.initiating_actor := release.initiating_actor;
  c.as_of := release_context.as_of;
  c.untouched := false;
  c.in_full := false;
  c.excepted := release.excepted;
  c.prior_statuses := '{}';
  c.decisions := '{}';
  c.g2_approvers := '{}';
  return c;
end
$function$;

COMMENT ON FUNCTION "ops"."release_context"(ops.releases, timestamp with time zone) IS 'What all gates of a release are judged by at a moment; the gate itself is filled in by ops.judge_gate.';

REVOKE ALL ON FUNCTION "ops"."release_context"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
