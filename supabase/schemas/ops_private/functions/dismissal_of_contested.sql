-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissal_of_contested (
  c      ops.contested_reports,
  person text
)
  RETURNS ops.dismissals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.dismissals;
  v_by_machine constant boolean := ops_private.is_by_machine(c);
begin
  if ops_private.has_ended(c, 'infinity') then
    perform ops_private.refuse_dismissal(
      'this contested report does not stand any more', 'nobody has to do anything',
      'read what still blocks the release');
  end if;
  d.contested_id := c.contested_id;
  d.gate_id := c.gate_id;
  d.check_name := c.check_name;
  d.author := coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id);
  d.author_role := c.persona_role::text;
  if c.event_type <> 'gate_signoff' and not v_by_machine and not ops_private.is_unreadable(c)
    and ops_private.is_on_record(c) then
    perform ops_private.refuse_liftable(
      c.release_id, c.event_type <> 'build_complete',
      'a person sent this contested report, and what it is about can be read', 'sre or ci_service_role can report it',
      'report that the check passes, or that the deployment succeeded');
  end if;
  if c.event_type <> 'gate_signoff' and not v_by_machine then
    perform ops_private.refuse_who_had_them_go(c.created_by, c.created_role, c.project, person);
  end if;
  d.kind := case
    when c.event_type <> 'gate_signoff' then 'contested_report'::ops.ops_dismissed_fact
    when v_by_machine and (d.author is null or d.author_role is null
      or ops_private.holds(d.author, d.author_role, c.project)) then 'contested_report'
    else 'objection'
  end;
  if d.kind = 'objection' then
    perform ops_private.require_gone(c.release_id, false, d.author, d.author_role, person);
  end if;
  if c.check_name is not null then
    perform ops_private.require_unasked(c.release_id, c.event_type <> 'build_complete', c.check_name);
  end if;
  return d;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissal_of_contested"(ops.contested_reports, text) IS 'The dismissal of a contested report: one that a machine sent, whoever is active; one whose check or deployment cannot be read, or whose deployment is not on record, unless who would dismiss it had its sender go; and an objection of somebody who is no active member in that role any more. Raises OPS11 for others.';

REVOKE ALL ON FUNCTION "ops_private"."dismissal_of_contested"(ops.contested_reports, text) FROM PUBLIC;
