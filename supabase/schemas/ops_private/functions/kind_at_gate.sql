-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.kind_at_gate (
  a     ops_private.inbox_release,
  gate  ops.release_gates,
  role  text,
  f     ops.gate_finding,
  signs boolean
)
  RETURNS ops.ops_inbox_kind
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when f.kind = 'approval' then case
      -- Only who objected can lift it: ops_private.objection_items has that.
      when gate.status <> 'pending' and exists (
        select from ops_private.standing_decisions(gate.release_id, gate.gate_id, a.as_of) as d
        where d.persona_role::text = f.subject and d.decision <> 'approved') then null
      -- Too few of the people named hold the role: no sign-off mends that, a grant does.
      when f.who = 'service_role' then 'missing'::ops.ops_inbox_kind
      when signs then 'sign_off' end
    -- A release manager brings evidence with a sign-off alone.
    when f.kind = 'evidence' and role = 'release_manager' and not signs then null
    when f.state = 'failed' then 'failed'
    else 'missing'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."kind_at_gate"(ops_private.inbox_release, ops.release_gates, text, ops.gate_finding, boolean) IS 'Why a finding at a gate waits for the person in a role; null when they can do nothing about it. signs: whether their sign-off would count (ops_private.may_sign).';

REVOKE ALL ON FUNCTION "ops_private"."kind_at_gate"(ops_private.inbox_release, ops.release_gates, text, ops.gate_finding, boolean) FROM PUBLIC;
