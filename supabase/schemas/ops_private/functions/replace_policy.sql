-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.replace_policy (
  gate_code ops.ops_gate_code,
  project   text,
  entries   ops_private.policy_entry[],
  as_of     timestamp with time zone
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  -- Composite values are equal where both are null.
  v_open constant ops_private.policy_entry[] := array(
    select ops_private.entry_of(q) from ops.gate_requirements q
    where q.gate_code = replace_policy.gate_code and q.project is not distinct from replace_policy.project
      and q.valid_to is null
  );
begin
  update ops.gate_requirements q set valid_to = as_of
  from unnest(v_open) as o
  where q.gate_code = replace_policy.gate_code and q.project is not distinct from replace_policy.project
    and q.valid_to is null and (q.kind, q.subject) is not distinct from (o.kind, o.subject)
    and o <> all (entries);
  insert into ops.gate_requirements (
    project, gate_code, kind, subject, min_count, enforcement, not_initiator, one_gate, valid_for, require_hash,
    own_token, aal2, accept_sso, approvers
  )
  select replace_policy.project, replace_policy.gate_code, e.*
  from unnest(entries) as e
  where e <> all (v_open);
exception when check_violation or unique_violation or not_null_violation then
  raise exception using errcode = 'OPS10', message = 'a requirement does not fit its gate, or occurs twice',
    detail = left(sqlerrm, 200),
    hint = 'the comment on ops.gate_requirements.subject says which subject each kind needs';
end
$function$;

COMMENT ON FUNCTION "ops_private"."replace_policy"(ops.ops_gate_code, text, ops_private.policy_entry[], timestamp with time zone) IS 'Closes the open rows of a gate, of a project or (null) of the defaults, that say nothing of these requirements, and opens one for each that is new. Raises OPS10 when one does not fit its gate.';

REVOKE ALL ON FUNCTION "ops_private"."replace_policy"(ops.ops_gate_code, text, ops_private.policy_entry[], timestamp WITH time zone) FROM PUBLIC;
