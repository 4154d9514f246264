-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.replace_policy (
  gate_code    ops.ops_gate_code,
  project      text,
  requirements jsonb,
  as_of        timestamp with time zone
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entries constant ops_private.policy_entry[] := array(
    select e from ops_private.policy_entries(requirements, replace_policy.project) as e);
begin
  update ops.gate_requirements q set valid_to = as_of
  where q.gate_code = replace_policy.gate_code and q.project is not distinct from replace_policy.project
    and q.valid_to is null
    and not exists (select from unnest(v_entries) as e where e is not distinct from ops_private.entry_of(q));
  insert into ops.gate_requirements (
    project, gate_code, kind, subject, min_count, enforcement, not_initiator, one_gate, valid_for, require_hash,
    own_token, aal2, accept_sso, approvers
  )
  select replace_policy.project, replace_policy.gate_code, e.*
  from unnest(v_entries) as e
  where not exists (
    select from ops.gate_requirements q
    where q.gate_code = replace_policy.gate_code and q.project is not distinct from replace_policy.project
      and q.valid_to is null and ops_private.entry_of(q) is not distinct from e
  );
exception when check_violation or unique_violation or not_null_violation then
  raise exception using errcode = 'OPS10', message = 'a requirement does not fit its gate, or occurs twice',
    detail = left(sqlerrm, 200),
    hint = 'the comment on ops.gate_requirements.subject says which subject each kind needs';
end
$function$;

COMMENT ON FUNCTION "ops_private"."replace_policy"(ops.ops_gate_code, text, jsonb, timestamp with time zone) IS 'Closes the open rows of a gate, of a project or (null) of the defaults, that say nothing of these requirements, and opens one for each that is new. Raises OPS10 when one does not fit its gate or occurs twice, and as ops_private.policy_entries.';

REVOKE ALL ON FUNCTION "ops_private"."replace_policy"(ops.ops_gate_code, text, jsonb, timestamp WITH time zone) FROM PUBLIC;
