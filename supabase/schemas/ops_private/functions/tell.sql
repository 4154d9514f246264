-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tell (
  n ops.notices
)
  RETURNS boolean
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_targets constant text[] := ops_private.asked_by(n);
  v_target text;
  v_notice ops.notices;
begin
  if v_targets = '{}' then
    return false;
  end if;
  insert into ops.notices as w (
    release_id, project, kind, gate_code, personas, environment, deployment_id, exception_id, contested_id, by_time,
    happened_at
  ) values (
    n.release_id, n.project, n.kind, n.gate_code, coalesce(n.personas, '{}'), n.environment, n.deployment_id,
    n.exception_id, n.contested_id, coalesce(n.by_time, false), n.happened_at
  ) on conflict do nothing returning w.* into v_notice;
  if v_notice.notice_id is null then
    return false;
  end if;
  foreach v_target in array v_targets loop
    perform ops_private.deliver(v_notice, v_target);
  end loop;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tell"(ops.notices) IS 'Writes a notice and a delivery for each target that asks for it (ops_private.asked_by); nothing when none does, or when time made it true and it was said before. Returns whether it is new. The caller holds the lock of the release, so the order of the notices is that of the facts.';

REVOKE ALL ON FUNCTION "ops_private"."tell"(ops.notices) FROM PUBLIC;
