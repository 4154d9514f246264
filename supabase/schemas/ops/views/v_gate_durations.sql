-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE VIEW "ops"."v_gate_durations" WITH (security_invoker=true) AS  SELECT project,
    (date_trunc('month'::text, (resolved_at AT TIME ZONE 'UTC'::text)))::date AS month,
    gate_code,
    count(*) AS gates,
    round((percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((seconds)::double precision)))::numeric, 3) AS median_seconds,
    round((percentile_cont((0.9)::double precision) WITHIN GROUP (ORDER BY ((seconds)::double precision)))::numeric, 3) AS p90_seconds
   FROM ( SELECT b.project,
            b.gate_code,
            b.status,
            b.resolved_at,
            GREATEST(EXTRACT(epoch FROM (b.resolved_at - b.began_at)), (0)::numeric) AS seconds
           FROM ( SELECT g.project,
                    g.gate_code,
                    g.status,
                    g.resolved_at,
                        CASE
                            WHEN ((g.gate_code = 'G4'::ops.ops_gate_code) AND (g.entered_at IS NOT NULL)) THEN g.entered_at
                            ELSE COALESCE(max(g.resolved_at) OVER (PARTITION BY g.project, g.release_id ORDER BY g.gate_code ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), g.created_at)
                        END AS began_at
                   FROM ops.release_gates g
                  WHERE (NOT (EXISTS ( SELECT
                           FROM ops.releases i
                          WHERE ((i.release_id = g.release_id) AND (i.imported_at IS NOT NULL)))))) b) c
  WHERE (status = ANY (ARRAY['passed'::ops.ops_gate_status, 'bypassed'::ops.ops_gate_status]))
  GROUP BY project, (date_trunc('month'::text, (resolved_at AT TIME ZONE 'UTC'::text))), gate_code;

GRANT SELECT ON TABLE "ops"."v_gate_durations" TO "audit_reader", "release_manager", "service_role";

COMMENT ON VIEW "ops"."v_gate_durations" IS 'How long each gate takes, per project and month (of UTC) in which it was passed or bypassed: from when it began to wait (as ops.v_waiting.since) until its verdict. Counted are gates by their stored verdict; one that failed or was re-opened since is not, nor one of a release of the past. Order by project, month, gate_code.';
