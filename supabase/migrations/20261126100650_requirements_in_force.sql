-- The policy by which a release is judged: that of the moment when it was opened, or another one, to see what it
-- would change.

create view ops_private.requirements_in_force
with (security_invoker = true) as
select
  r.release_id,
  q.gate_code,
  q.kind,
  q.subject::text collate "default" as subject, -- noqa: RF02
  q.min_count,
  q.enforcement,
  q.not_initiator,
  q.one_gate,
  q.valid_for,
  q.require_hash,
  q.asked,
  q.on_gate
from ops.releases as r
inner join ops_private.policy_rows as q
  on r.created_at >= q.valid_from and (q.valid_to is null or r.created_at < q.valid_to)
where q.project = r.project or (
  q.project is null and not exists (
    select from ops.gate_requirements as own
    where own.project = r.project and own.gate_code = q.gate_code
      and own.valid_from <= r.created_at and (own.valid_to is null or r.created_at < own.valid_to)
  )
);
comment on view ops_private.requirements_in_force is
  'The requirements of each gate of each release: the rows that were in force when the release was opened. If a project has rows of its own for a gate, they replace the default rows of that gate.';
grant select on ops_private.requirements_in_force to service_role, release_manager, audit_reader;

create function ops_private.requirements_of(release_id uuid, policy ops_private.requirements_in_force[])
returns setof ops_private.requirements_in_force
language plpgsql stable set search_path = pg_catalog, pg_temp rows 10
as $$
begin
  if policy is null then
    return query select n.* from ops_private.requirements_in_force n where n.release_id = requirements_of.release_id;
  else
    return query select n.* from unnest(policy) as n;
  end if;
end
$$;
comment on function ops_private.requirements_of(uuid, ops_private.requirements_in_force[]) is
  'The requirements by which a release is judged. policy: those to judge it by instead of those in force for it, of all its gates, to see what they would change; null for those in force. Every function with an argument policy means the same.';
revoke execute on function ops_private.requirements_of(uuid, ops_private.requirements_in_force[]) from public;
