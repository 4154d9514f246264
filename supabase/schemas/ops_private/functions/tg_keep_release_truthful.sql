-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_keep_release_truthful()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_now constant timestamptz := ops_private.present(old);
  v_truth ops.releases := new;
begin
  perform ops_private.refuse_other_changes(
    'releases', to_jsonb(old), to_jsonb(new), variadic array['status', 'cleared_for', 'gate_statuses', 'excepted',
      'contested', 'stopped', 'objected', 'retired', 'has_artifacts', 'dismissed', 'recorded_until']
    -- The owner's own statements store verdicts too (ops_private.store).
    || case when ops_private.is_owner() then array['judged_until', 'lapses_at'] else '{}' end);
  if new.recorded_until < old.recorded_until
    or new.recorded_until > greatest(v_now, old.recorded_until + interval '1 microsecond') then
    v_truth.recorded_until := old.recorded_until;
  end if;
  if (new.judged_until, new.lapses_at) is distinct from (old.judged_until, old.lapses_at) then
    select v.judged_until, v.lapses_at into v_truth.judged_until, v_truth.lapses_at
    from ops_private.validity(old, v_now) as v;
  end if;
  if new.status <> old.status then
    v_truth.status := ops_private.release_status_of(new.release_id, v_now);
  end if;
  if new.cleared_for <> old.cleared_for then
    v_truth.cleared_for := (
      select ops_private.cleared_for(new, array_agg(g.status order by g.gate_code), v_now)
      from ops.release_gates g where g.release_id = new.release_id
    );
  end if;
  if new.gate_statuses <> old.gate_statuses then
    v_truth.gate_statuses := array(
      select g.status from ops.release_gates g where g.release_id = new.release_id order by g.gate_code);
  end if;
  if new.excepted <> old.excepted then
    v_truth.excepted := exists (select from ops.exceptions x where x.release_id = new.release_id);
  end if;
  if new.contested <> old.contested then
    v_truth.contested := exists (select from ops.contested_reports c where c.release_id = new.release_id);
  end if;
  if new.dismissed <> old.dismissed then
    v_truth.dismissed := exists (select from ops.dismissals d where d.release_id = new.release_id);
  end if;
  if (new.stopped, new.objected) <> (old.stopped, old.objected) then
    select f.stopped, f.objected into v_truth.stopped, v_truth.objected
    from ops_private.stops_on_record(new.release_id) as f;
  end if;
  if new.retired <> old.retired then
    v_truth.retired := exists (select from ops.retired_releases x where x.release_id = new.release_id);
  end if;
  if new.has_artifacts <> old.has_artifacts then
    v_truth.has_artifacts := exists (select from ops.build_artifacts a where a.release_id = new.release_id);
  end if;
  if new is distinct from v_truth then
    raise exception using errcode = 'OPS02',
      message = format('these columns of the release do not follow from its facts: %s', (
        select string_agg(n.key, ', ' order by n.key) from jsonb_each(to_jsonb(new)) as n
        where n.value is distinct from to_jsonb(v_truth) -> n.key)),
      hint = 'leave out these columns; they follow from the facts';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_keep_release_truthful"() IS 'Before a direct update of a release: its identity columns cannot change (OPS05), and derived columns must agree with the facts (OPS02).';

REVOKE ALL ON FUNCTION "ops_private"."tg_keep_release_truthful"() FROM PUBLIC;
