-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.with_who_can_mend (
  finding  ops.gate_finding,
  need     ops_private.requirements_in_force,
  release  ops.releases,
  approved text[],
  as_of    timestamp with time zone
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_left constant integer := ops_private.could_approve(
    (need.asked).approvers, approved, need.subject, release.project,
    case when need.not_initiator then release.initiating_actor end, as_of);
begin
  if v_left < need.min_count then
    finding.remedy := format(
      'policy names who approves, and needs %s of them: only %s approved or hold the role %s; grant it to another of them, or set another policy and open the release under a new name',
      need.min_count, v_left, need.subject);
    finding.who := 'service_role';
  end if;
  return finding;
end
$function$;

COMMENT ON FUNCTION "ops_private"."with_who_can_mend"(ops.gate_finding, ops_private.requirements_in_force, ops.releases, text[], timestamp
  with time zone) IS 'The finding that approvals of named people are missing: when too few of them approved, or hold the persona in the project at that moment, its remedy says so, and who can mend it. approved: whose approval counts. An exception asks for the same people.';

REVOKE ALL ON FUNCTION "ops_private"."with_who_can_mend"(ops.gate_finding, ops_private.requirements_in_force, ops.releases, text[], timestamp WITH time zone) FROM PUBLIC;
