-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.kind_for (
  a     ops_private.asked_release,
  gate  ops.release_gates,
  f     ops.gate_finding,
  role  text,
  signs boolean
)
  RETURNS ops.ops_inbox_kind
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if f.kind = 'approval' then
    return case
      -- Only who objected can lift it: ops_private.objections_of has that.
      when gate.status <> 'pending' and exists (
        select from ops_private.standing_decisions((a.release).release_id, gate.gate_id, a.as_of) as d
        where d.persona_role::text = f.subject and d.decision <> 'approved'
      ) then null
      -- Too few of the people named hold the role: no sign-off mends that, a grant does.
      when f.who = 'service_role' then 'missing'::ops.ops_inbox_kind
      when signs then 'sign_off' end;
  elsif f.kind = 'evidence' and role = 'release_manager' and not signs then
    -- They bring evidence with a sign-off alone.
    return null;
  end if;
  return case when f.state = 'failed' then 'failed'::ops.ops_inbox_kind else 'missing' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."kind_for"(ops_private.asked_release, ops.release_gates, ops.gate_finding, text, boolean) IS 'What a finding asks of the person in a role. Null when they cannot do it themselves. signs: whether an approval of the gate by them would count (ops_private.may_sign).';

REVOKE ALL ON FUNCTION "ops_private"."kind_for"(ops_private.asked_release, ops.release_gates, ops.gate_finding, text, boolean) FROM PUBLIC;
