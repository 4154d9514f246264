-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops_private"."requirements_in_force" WITH (security_invoker=true) AS  SELECT r.release_id,
    q.gate_code,
    q.kind,
    ((q.subject)::text COLLATE "default") AS subject,
    q.min_count,
    q.enforcement,
    q.not_initiator,
    q.one_gate,
    q.valid_for,
    q.require_hash,
    q.asked,
    q.on_gate
   FROM (ops.releases r
     JOIN ops_private.policy_rows q ON (((r.created_at >= q.valid_from) AND ((q.valid_to IS NULL) OR (r.created_at < q.valid_to)))))
  WHERE ((q.project = r.project) OR ((q.project IS NULL) AND (NOT (EXISTS ( SELECT
           FROM ops.gate_requirements own
          WHERE ((own.project = r.project) AND (own.gate_code = q.gate_code) AND (own.valid_from <= r.created_at) AND ((own.valid_to IS NULL) OR (r.created_at < own.valid_to))))))));

GRANT SELECT ON TABLE "ops_private"."requirements_in_force" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops_private"."requirements_in_force" IS 'The requirements of each gate of each release: the rows that were in force when the release was opened. If a project has rows of its own for a gate, they replace the default rows of that gate.';
