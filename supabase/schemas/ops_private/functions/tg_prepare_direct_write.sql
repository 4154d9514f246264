-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_direct_write()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_key uuid;
  v_moment timestamptz;
  v_release ops.releases;
begin
  if not ops_private.acts_for_all() then
    perform ops_private.current_person(); -- raises when the membership was revoked
    v_key := case tg_op when 'INSERT' then ops_private.new_id() end;
  end if;
  perform ops_private.refuse_secret(new);
  if tg_op = 'UPDATE' then
    -- The update has locked the row already, but an event locks the release first. Waiting could deadlock: raise 55P03.
    perform from ops.releases r where r.release_id = new.release_id for no key update nowait;
  end if;
  if new.release_id is null then
    new.project := ops_private.own_project(new.project);
  else
    v_release := ops_private.hold_release(new.release_id);
    new.project := v_release.project;
    if v_release.closed_at is not null and tg_op = 'INSERT' then
      perform ops_private.refuse_closed(v_release, tg_table_name, to_jsonb(new));
    end if;
    -- Of an unknown release and of one of another project nothing is changed or waited for: the policy refuses the row.
    if tg_table_name <> 'release_gates' and v_release.release_id is not null then
      v_moment := ops_private.next_moment(new.release_id);
    end if;
  end if;
  if tg_op = 'INSERT' then
    new.created_at := coalesce(v_moment, clock_timestamp());
  end if;
  -- A key that the caller chose could be taken, and would tell that another project has such a row. Approvals and
  -- exceptions keep theirs: so an insert that is sent again meets its own first one.
  if tg_table_name = 'evidence_artifacts' then
    new.artifact_id := coalesce(v_key, new.artifact_id);
    new.sha256 := lower(new.sha256);
    new.approval_id := null; -- only ops.ingest_event knows with which sign-off an artifact came
  elsif tg_table_name = 'deployments' then
    new.deployment_id := coalesce(v_key, new.deployment_id);
    new.deployed_by := ops_private.own_name(new.deployed_by);
    new.source_ref := ops_private.source_ref_of(new.source_ref);
  elsif tg_table_name = 'gate_checks' then
    new.check_id := coalesce(v_key, new.check_id);
    perform ops_private.match_check_to_gate(new.gate_id, new.deployment_id);
  end if;
  if tg_argv[0] = 'observed_at' then
    new.observed_at := new.created_at;
  elsif tg_argv[0] = 'status_observed_at' then
    new.status_observed_at := v_moment;
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_direct_write"() IS 'Before a direct insert or update. Asks whether the writer is still a member and whether the row has a secret. Locks the release that the row names, refuses what a closed release does not take, and gives the release the moment of the new fact. Then sets what only the server may set, the key of a check, of evidence and of a deployment too unless the caller acts for all. Functions of this schema do all that themselves. The trigger argument names a time column, which gets that moment: only ops.ingest_event may set the time of an observation. Raises OPS12 when the release is closed and takes no such row; 55P03 when an update meets an event; try again.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_direct_write"() FROM PUBLIC;
