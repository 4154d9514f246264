-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_items (
  b    ops_private.asked_inbox,
  most integer
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  x ops.exceptions;
  v_release ops.releases;
  a ops_private.asked_release;
  v_said record;
  v_ended timestamptz;
  v_approvals text[];
  v_projects constant text[] := ops_private.projects_as('release_manager', b.reach);
begin
  a.person := b.person;
  a.as_of := clock_timestamp();
  for x in
    select e.* from (
      select p.* from ops.exceptions p
      where p.post_review_status = 'pending' and (v_projects is null or p.project = any (v_projects))
      order by p.effective_from desc limit most
    ) as e
    -- While a gate is bypassed by it, it needs no decision.
    where not exists (
      select from ops.release_gates g
      join ops.releases r on r.release_id = g.release_id
      where g.release_id = e.release_id and g.exception_id = e.exception_id and r.judged_until > a.as_of)
    order by e.effective_from desc
  loop
    select r.* into v_release from ops.releases r where r.release_id = x.release_id;
    a.release := v_release;
    v_ended := least(x.expires_at, x.revoked_at);
    if v_ended <= a.as_of then
      if x.effective_from <= a.as_of and not ops_private.ever_approved(x, b.person) then
        return next ops_private.item_of(
          a, 'exception_review', 'release_manager', null, x.exception_id,
          format('exception ended: %s', left(x.reason, 200)),
          format('review it (ops-gates exception review %s complete)', x.exception_id), v_ended);
      end if;
      continue;
    end if;
    v_approvals := array(
      select x.unmet where x.approver_id = b.person
      union all
      select d.unmet from ops_private.standing_decisions(x.release_id, null, a.as_of, x.exception_id) as d
      where d.approver_id = b.person and d.decision = 'approved');
    select s.* into v_said from ops_private.exception_approvals(x, a.as_of) as s;
    continue when v_said.objection is not null or v_said.approved or v_release.closed_at is not null
      or array_position(v_approvals, null) is not null -- they approved it by an approval that lacks nothing
      or v_said.approvals >= v_said.needed and b.person <> all (v_said.people_left)
      or b.person = v_release.initiating_actor
      or v_release.dismissed and b.person = any (ops_private.dismissers(x.release_id, a.as_of));
    return next ops_private.item_of(
      a, 'exception_decision', 'release_manager', null, x.exception_id,
      format('%s of an exception: %s',
        coalesce(v_said.missing, format('%s of %s approvals', v_said.approvals, v_said.needed)), left(x.reason, 200)),
      format('approve the exception, or reject it (ops-gates decide %s --exception %s)', x.release_id, x.exception_id),
      x.created_at);
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_items"(ops_private.asked_inbox, integer) IS 'The exceptions that wait for a release manager: those that need another approval, and those that ended and were not reviewed. Not for who approved them (for a review: who ever did, ops_private.ever_approved); the initiator decides on none. most: how many are looked at, the newest.';

REVOKE ALL ON FUNCTION "ops_private"."exception_items"(ops_private.asked_inbox, integer) FROM PUBLIC;
