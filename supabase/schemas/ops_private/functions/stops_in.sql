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
  v_words constant text[] := array['fail', 'failed', 'failure', 'rejected', 'request_changes'];
  v_entries jsonb := jsonb_build_array(v_payload);
  v_stop ops_private.stop;
begin
  if (jsonb_typeof(v_payload) = 'object'
    and v_type in ('build_complete', 'gate_signoff', 'deployment_event', 'health_check')) is not true then
    return;
  end if;
  v_stop := ops_private.subject_of_stops(envelope);
  if v_type = 'build_complete' and jsonb_typeof(v_payload -> 'checks') = 'array' then
    v_entries := v_entries || (v_payload -> 'checks');
  elsif v_type = 'gate_signoff' then
    v_entries := jsonb_build_array(jsonb_build_object('status', v_payload -> 'decision'));
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
        lower(ops_private.trim_name(left(a.value ->> 'status', 1000)) collate "C") as status,
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
