-- Another release manager confirms a proposed change of policy.

create function ops_private.proposal_with(hash text) returns ops.policy_changes
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops.policy_changes;
begin
  if octet_length(proposal_with.hash) = 64 then
    select x.* into c from ops.policy_changes x where x.hash = lower(proposal_with.hash collate "C");
  end if;
  -- The same for a proposal of others, so that nobody finds out which there are.
  if c.change_id is null or not ops_private.sees(c.project) then
    raise exception using errcode = 'OPS04', message = 'no proposal with this hash is there for you to confirm',
      hint = 'copy the 64 hex digits from ops.v_policy_changes (ops-gates policy proposals); a proposal for every project is for release managers of every project';
  end if;
  return c;
end
$$;
comment on function ops_private.proposal_with(text) is
  'The change with this hash. Raises OPS04 when there is none, or the caller may not act for its project; for every project, when it is for every project.';
revoke execute on function ops_private.proposal_with(text) from public;

create function ops_private.refuse_confirmation(change ops.policy_changes) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_again constant text := 'propose it anew (ops.propose_gate_policy, or ops-gates policy propose)';
begin
  case ops_private.policy_state(change)
    when 'open' then
      return;
    when 'overtaken' then
      raise exception using errcode = 'OPS21', message = 'other requirements came into force since this was proposed',
        hint = 'look at them (ops-gates policy show), then ' || v_again;
    when 'lapsed' then
      raise exception using errcode = 'OPS19', message = 'this proposal lapsed, as nobody confirmed it within 7 days',
        hint = v_again;
    when 'author_revoked' then
      raise exception using errcode = 'OPS22',
        message = 'the author of this proposal did not remain a release manager there',
        hint = 'if you want it, ' || v_again;
    else
      raise exception using errcode = 'OPS18', message = 'this is in force already',
        detail = format('since %s', coalesce(change.confirmed_at, change.created_at)),
        hint = 'nothing is to do; ops.v_policy_changes says who confirmed it';
  end case;
end
$$;
comment on function ops_private.refuse_confirmation(ops.policy_changes) is
  'Raises why a change cannot be confirmed by anybody: OPS18 in force already, OPS19 lapsed, OPS21 overtaken, OPS22 its author was revoked.';
revoke execute on function ops_private.refuse_confirmation(ops.policy_changes) from public;

create function ops_private.alone_after() returns interval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '24 hours'::interval;
end
$$;
comment on function ops_private.alone_after() is
  'How long nobody else must have been a release manager of a project before the one who is left is alone. So a revocation, by mistake or to get rid of somebody, gives nobody more power at once.';
revoke execute on function ops_private.alone_after() from public;

create function ops_private.alone_since(person text, project text) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from ops.v_memberships s
    where s.role = 'release_manager' and (s.project is null or s.project = alone_since.project)
      and s.recorded_as <> person
  ) then
    return null;
  end if;
  return (
    select coalesce(max(e.created_at), '-infinity')
    from ops.memberships e
    join ops.members m on m.member_id = e.member_id
    where e.role = 'release_manager' and (e.project is null or e.project = alone_since.project) and not e.granted
      and m.recorded_as <> person
  );
end
$$;
comment on function ops_private.alone_since(text, text) is
  'Since when nobody but this person is a release manager for a project (null: for every project); null while somebody else is. A membership of every project counts for each.';
revoke execute on function ops_private.alone_since(text, text) from public;

create function ops_private.refuse_author(change ops.policy_changes) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_alone_since constant timestamptz := ops_private.alone_since(change.created_by, change.project);
  v_from constant timestamptz := greatest(change.created_at, v_alone_since) + ops_private.alone_after();
begin
  if ops_private.current_person() is distinct from change.created_by then
    return;
  elsif v_alone_since is null then
    raise exception using errcode = 'OPS24', message = 'you proposed this, so another release manager confirms it',
      hint = 'ask another one, of the same project; for rows for every project, one of every project';
  elsif clock_timestamp() < v_from then
    raise exception using errcode = 'OPS17',
      message = 'the only release manager confirms their own proposal when it was made, and nobody else was a release manager, 24 hours ago',
      detail = format('it can be confirmed from %s on', v_from),
      hint = 'wait, or have a second release manager granted (ops.grant_membership), who can confirm it at once';
  end if;
end
$$;
comment on function ops_private.refuse_author(ops.policy_changes) is
  'Raises why the author of a proposal cannot confirm it: OPS24 while there is another release manager, OPS17 within 24 hours of the proposal, or of the moment since when there is none.';
revoke execute on function ops_private.refuse_author(ops.policy_changes) from public;

create function ops.confirm_gate_policy(hash text) returns jsonb
-- A definer function, because no role may write policy.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  c ops.policy_changes;
begin
  perform ops_private.require_role('release_manager');
  if not (ops_private.caller_assurance(clock_timestamp())).own_token then
    raise exception using errcode = '42501', message = 'nothing proves who confirms this',
      hint = 'confirm it with your own token, over the API';
  end if;
  perform ops_private.proposal_with(confirm_gate_policy.hash);
  perform ops_private.hold_policy();
  -- Asked again: whoever was revoked while this waited is revoked, and what was confirmed is confirmed.
  perform ops_private.require_role('release_manager');
  c := ops_private.proposal_with(confirm_gate_policy.hash);
  perform ops_private.refuse_confirmation(c);
  perform ops_private.refuse_author(c);
  update ops.policy_changes x set confirmed_at = clock_timestamp() where x.change_id = c.change_id;
  perform ops_private.put_in_force(c);
  return ops_private.told_change(c.change_id);
end
$$;
comment on function ops.confirm_gate_policy(text) is
  'Confirms the proposal of another release manager, whose hash is repeated. Its requirements are in force from then on, for releases opened from then on. While an only release manager is active for the project (for every project, when the proposal is), they confirm their own proposal, 24 hours after it was made or later, and not within 24 hours after another one was; ops.v_policy_changes shows it as alone. Returns the row of ops.v_policy_changes, with warnings: what the active members cannot satisfy. Only a release_manager may call it. Raises OPS04 for an unknown hash, and the same for a proposal of another project; OPS24 to its author; OPS17 to its author alone, before 24 hours; OPS18 when it is in force already; OPS19 when it lapsed; OPS21 when other requirements came into force since; OPS22 when its author was revoked; OPS06 when approvers cannot approve any more.';
revoke execute on function ops.confirm_gate_policy(text) from public;
grant execute on function ops.confirm_gate_policy(text) to release_manager;
