-- The status of a release follows its facts.

create function ops_private.release_status_of(release_id uuid) returns ops.ops_release_status
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_newest record;
begin
  select d.status, d.was_eligible into v_newest
  from ops.deployments d
  join ops.releases r on r.release_id = d.release_id and r.environment_target = d.environment
  where d.release_id = release_status_of.release_id and d.rollback_of is null and d.status <> 'in_progress'
  order by d.deployed_at desc, d.deployment_ref desc limit 1;
  if v_newest.status in ('failed', 'rolled_back') then
    return v_newest.status::text::ops.ops_release_status;
  elsif v_newest.was_eligible then
    return 'promoted';
  end if;
  return case
    when exists (select from ops.gate_checks gc where gc.release_id = release_status_of.release_id)
      or exists (select from ops.approvals a where a.release_id = release_status_of.release_id)
      or exists (select from ops.evidence_artifacts e where e.release_id = release_status_of.release_id)
      or exists (select from ops.exceptions x where x.release_id = release_status_of.release_id)
      or exists (select from ops.deployments d where d.release_id = release_status_of.release_id)
    then 'in_progress' else 'draft' end;
end
$$;
comment on function ops_private.release_status_of(uuid) is
  'What the facts make of a release: by its newest finished deployment to the target, else in_progress with a fact and draft without.';
revoke execute on function ops_private.release_status_of(uuid) from public;

create function ops_private.tg_keep_release_truthful() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- a writer may not read what it is judged by
as $$
declare
  v_truth ops.releases := new;
begin
  perform ops_private.refuse_other_changes(
    'releases', to_jsonb(old), to_jsonb(new), 'scope_metadata', 'status', 'cleared_for', 'excepted');
  if new.status <> old.status then
    v_truth.status := ops_private.release_status_of(new.release_id);
  end if;
  if new.cleared_for <> old.cleared_for then
    v_truth.cleared_for := ops_private.cleared_for(new.release_id, ops_private.gate_statuses(new.release_id));
  end if;
  if new.excepted <> old.excepted then
    v_truth.excepted := exists (select from ops.exceptions x where x.release_id = new.release_id);
  end if;
  if new is distinct from v_truth then
    raise exception using errcode = 'OPS02',
      message = format('the release is not %s, cleared for %s, excepted %s', new.status, new.cleared_for, new.excepted),
      detail = format('its facts say %s, %s, %s', v_truth.status, v_truth.cleared_for, v_truth.excepted),
      hint = 'leave these columns out: they follow the facts';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_keep_release_truthful() is
  'Before a direct change of a release: its identity stays (OPS05), and what is derived of it is what the facts say (OPS02).';
revoke execute on function ops_private.tg_keep_release_truthful() from public;

create trigger _300_keep_release_truthful before update on ops.releases
for each row when (not ops_private.by_definer()) execute function ops_private.tg_keep_release_truthful();
