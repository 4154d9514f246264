-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_outdated (
  result jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.approvals a
    join ops.releases r on r.release_id = a.release_id
    cross join lateral ops_private.standing_decisions(a.release_id, a.gate_id, 'infinity') as d
    where a.approval_id = (result ->> 'approval_id')::uuid and a.decision = 'approved'
      and d.approver_id = a.approver_id and d.persona_role = a.persona_role
      and (
        d.decision <> 'approved'
        or r.has_artifacts
        and d.artifacts_digest is distinct from ops_private.artifacts_digest(r.release_id, 'infinity')
        or exists (
          select from ops_private.requirements_in_force n
          join ops.release_gates g on g.release_id = n.release_id and g.gate_code = n.gate_code
          where g.gate_id = a.gate_id and n.kind = 'approval' and n.subject = a.persona_role::text
            and d.recorded_at + make_interval(secs => n.valid_for) <= ops_private.present(r)
        )
      )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_outdated"(jsonb) IS 'Whether the first answer to a sign-off tells of an approval that no longer counts: its author decided otherwise since, it was of other artifacts, or its time is over.';

REVOKE ALL ON FUNCTION "ops_private"."is_outdated"(jsonb) FROM PUBLIC;
