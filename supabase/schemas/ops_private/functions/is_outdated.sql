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
    join ops.release_gates g on g.gate_id = a.gate_id
    left join ops_private.requirements_in_force n
      on n.release_id = a.release_id and n.gate_code = g.gate_code and n.kind = 'approval'
        and n.subject = a.persona_role::text
    left join lateral ops_private.standing_decisions(a.release_id, a.gate_id, 'infinity') as d
      on d.approver_id = a.approver_id and d.persona_role = a.persona_role
    where a.approval_id = (result ->> 'approval_id')::uuid and a.decision = 'approved'
      and (d.approver_id is null or d.decision <> 'approved' or ops_private.why_uncounted(
        d,
        case when n.separation_of_duties
          then array[r.initiating_actor] || ops_private.lower_approvers(g, 'infinity') end,
        case when r.dismissed then ops_private.dismissers(r.release_id, 'infinity') end,
        case when r.has_artifacts then ops_private.artifacts_digest(r.release_id, 'infinity') end,
        ops_private.present(r) - make_interval(secs => n.valid_for)) is not null)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_outdated"(jsonb) IS 'Whether the first answer to a sign-off tells of an approval that does not count now: it was dismissed or its author decided otherwise since, or ops_private.why_uncounted says why.';

REVOKE ALL ON FUNCTION "ops_private"."is_outdated"(jsonb) FROM PUBLIC;
