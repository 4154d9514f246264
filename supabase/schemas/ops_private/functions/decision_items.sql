-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.decision_items (
  b          ops_private.inbox_scope,
  exceptions ops.exceptions[]
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  x ops.exceptions;
  v_release ops.releases;
  a ops_private.inbox_release;
  v_said record;
  v_approvals text[];
begin
  a.person := b.person;
  a.as_of := b.moment;
  foreach x in array exceptions loop
    continue when least(x.expires_at, x.revoked_at) <= a.as_of;
    select r.* into v_release from ops.releases r where r.release_id = x.release_id;
    a.release := v_release;
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
      format('approve the exception, or reject it (%s)', ops_private.decide_command(x.release_id, x.exception_id)),
      x.created_at);
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."decision_items"(ops_private.inbox_scope, ops.exceptions[]) IS 'Those of some exceptions that have not ended and need another approval. Not for who approved them; the initiator decides on none.';

REVOKE ALL ON FUNCTION "ops_private"."decision_items"(ops_private.inbox_scope, ops.exceptions[]) FROM PUBLIC;
