-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.stops_in (
  envelope jsonb
)
  RETURNS SETOF ops_private.stop
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_type constant text := ops_private.short_text(envelope -> 'event_type');
  v_payload constant jsonb := envelope -> 'payload';
  v_role constant text := current_setting('role');
  v_words constant text[] := array['fail', 'failed', 'failure', 'rejected', 'request_changes'];
  v_entries jsonb := jsonb_build_array(v_payload);
  v_stop ops_private.stop;
begin
  if (jsonb_typeof(v_payload) = 'object') is not true then
    return;
  end if;
  if v_type = 'build_complete' then
    v_stop.gate_code := 'G1';
    if jsonb_typeof(v_payload -> 'checks') = 'array' then
      v_entries := v_entries || (v_payload -> 'checks');
    end if;
  elsif v_type = 'gate_signoff' then
    v_stop.gate_code := case when ops_private.short_text(envelope -> 'gate_code') in ('G1', 'G2', 'G3', 'G4')
      then envelope ->> 'gate_code' end;
    -- People speak for themselves alone, whomever the event names.
    v_stop.persona_role := case when ops_private.is_person_role(v_role) then v_role
      when ops_private.short_text(v_payload -> 'persona_role') = any (enum_range(null::ops.ops_persona_role)::text[])
      then v_payload ->> 'persona_role' end;
    v_stop.approver_id := case when ops_private.is_person_role(v_role) then ops_private.caller_member()
      else nullif(ops_private.trim_name(ops_private.loggable(v_payload -> 'approver_id')), '') end;
    v_stop.approver_id := coalesce(
      ops_private.member_subject(v_stop.approver_id), ops_private.trim_name(v_stop.approver_id));
    v_entries := jsonb_build_array(jsonb_build_object('status', v_payload -> 'decision'));
  elsif v_type in ('deployment_event', 'health_check') then
    v_stop.gate_code := 'G4';
    v_stop.environment := case
      when ops_private.short_text(v_payload -> 'environment') = any (enum_range(null::ops.ops_environment)::text[])
      then v_payload ->> 'environment' end;
    v_stop.target := ops_private.readable_name(v_payload -> 'target', 'default');
    v_stop.deployment_ref := ops_private.readable_name(v_payload -> 'deployment_ref');
  else
    return;
  end if;
  return query
  select
    min(f.status), v_stop.gate_code, f.check_name, v_stop.environment, v_stop.target, v_stop.deployment_ref,
    v_stop.approver_id, v_stop.persona_role
  from (
    select
      e.status,
      case when dense_rank() over (order by e.check_name) <= 100 then e.check_name end::ops.name as check_name
    from (
      select
        lower(ops_private.trim_name(left(a.value ->> 'status', 1000))) as status,
        case v_type
          when 'build_complete' then ops_private.readable_name(
            a.value -> 'check_name', case when a.ordinality = 1 then 'build' end)
          when 'health_check' then ops_private.readable_name(a.value -> 'check_name', 'health')
        end as check_name
      from jsonb_array_elements(v_entries) with ordinality as a
      where jsonb_typeof(a.value) = 'object' and jsonb_typeof(a.value -> 'status') = 'string'
    ) as e
    where e.status = any (v_words)
  ) as f
  group by f.check_name
  order by f.check_name;
end
$function$;

COMMENT ON FUNCTION "ops_private"."stops_in"(jsonb) IS 'The stops that an envelope reports, whatever else is wrong with it: one per check name, at most 100, and one without a name for all others. Nothing is read as text before its size is known.';

REVOKE ALL ON FUNCTION "ops_private"."stops_in"(jsonb) FROM PUBLIC;
