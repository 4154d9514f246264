-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.idle_approvers (
  a ops_private.asked_approval
)
  RETURNS ops.policy_warning
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  w ops.policy_warning;
  v_idle constant text[] := array(
    select n.name from unnest(a.approvers) as n (name) where n.name <> all (a.able) order by n.name collate "C");
begin
  if v_idle <> '{}' then
    w.code := 'idle_approvers';
    w.gate_code := a.gate_code;
    w.persona := a.persona;
    w.needed := cardinality(a.approvers);
    w.able := cardinality(a.able);
    w.names := v_idle;
    w.stops := false;
    w.message := format('%s names approvers without the role %s, whose approvals do not count: %s', a.gate_code,
      a.persona, ops_private.names_in_words(v_idle));
  end if;
  return w;
end
$function$;

COMMENT ON FUNCTION "ops_private"."idle_approvers"(ops_private.asked_approval) IS 'The warning idle_approvers of a requirement. Null when all who are named hold the role.';

REVOKE ALL ON FUNCTION "ops_private"."idle_approvers"(ops_private.asked_approval) FROM PUBLIC;
