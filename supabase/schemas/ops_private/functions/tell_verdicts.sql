-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tell_verdicts (
  release ops.releases,
  judged  ops_private.judgement,
  as_of   timestamp with time zone
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_stored constant ops.release_gates[] := ops_private.stored_gates(release.release_id);
  v_gates constant ops.release_gates[] := array(
    select coalesce((select v.gate from unnest(judged.verdicts) as v where (v.gate).gate_id = g.gate_id), g)
    from unnest(v_stored) as g order by g.gate_code);
  v_before constant ops.release_gates[] := array(
    select coalesce((select v.stored from unnest(judged.verdicts) as v where (v.gate).gate_id = g.gate_id), g)
    from unnest(v_stored) as g order by g.gate_code);
  v_old ops.release_gates;
  n ops.notices;
  g ops.release_gates;
begin
  select r.* into v_release from ops.releases r where r.release_id = release.release_id;
  n.release_id := release.release_id;
  n.project := release.project;
  n.happened_at := as_of;
  if v_release.closed_at is null then
    foreach g in array ops_private.gates_in_turn(v_release, v_gates, as_of) loop
      v_old := v_before[array_position(enum_range(null::ops.ops_gate_code), g.gate_code)];
      n.gate_code := g.gate_code;
      n.personas := ops_private.awaited_at(g);
      n.kind := case
        when g.status = 'failed' then case when v_old.status <> 'failed' then 'gate_failed'::ops.ops_notice_kind end
        when not n.personas <@ case when ops_private.was_in_turn(release, v_before, g.gate_code)
          then ops_private.awaited_at(v_old) else '{}' end then 'gate_waits' end;
      if n.kind is not null then
        perform ops_private.tell(n);
      end if;
    end loop;
  end if;
  if v_release.status <> release.status and v_release.status in ('promoted', 'rolled_back') then
    n.kind := v_release.status::text::ops.ops_notice_kind;
    n.gate_code := null;
    n.personas := '{}';
    n.environment := release.environment_target;
    perform ops_private.tell(n);
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tell_verdicts"(ops.releases, ops_private.judgement, timestamp with time zone) IS 'Tells what stored verdicts changed: gates that failed, gates that began to wait for a role of people for which they did not wait before, and a release that was promoted or rolled back. release: as it was before. judged: what each of the gates was and is.';

REVOKE ALL ON FUNCTION "ops_private"."tell_verdicts"(ops.releases, ops_private.judgement, timestamp WITH time zone) FROM PUBLIC;
