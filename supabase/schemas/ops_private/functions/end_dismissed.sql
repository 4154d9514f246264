-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.end_dismissed (
  d ops.dismissals
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_named ops.contested_reports;
begin
  select c.* into v_named from ops.contested_reports c where c.contested_id = d.contested_id;
  insert into ops.contested_report_ends (contested_id, release_id)
  select c.contested_id, c.release_id
  from ops.contested_reports c
  where c.release_id = d.release_id and not ops_private.has_ended(c, 'infinity')
    and case
      when d.kind = 'objection' then c.event_type = 'gate_signoff' and d.exception_id is null
        and c.gate_id is not distinct from d.gate_id and c.persona_role::text = d.author_role
        and coalesce((ops_private.member_named(c.approver_id)).recorded_as, c.approver_id) = d.author
      else (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
          c.persona_role)
        is not distinct from (v_named.event_type, v_named.gate_id, v_named.check_name, v_named.environment,
          v_named.target, v_named.deployment_ref, v_named.approver_id, v_named.persona_role)
        and (ops_private.is_by_machine(c) and ops_private.is_by_machine(v_named)
          or (c.created_by, c.created_role) = (v_named.created_by, v_named.created_role))
        -- Nobody knows what those are about that cannot be read: only an event that was sent again is the same.
        and (not ops_private.is_unreadable(c)
          or (c.idempotency_key, c.own_check, c.part)
          is not distinct from (v_named.idempotency_key, v_named.own_check, v_named.part)
          and (c.idempotency_key is not null or c.payload_hash is not distinct from v_named.payload_hash))
    end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."end_dismissed"(ops.dismissals) IS 'Ends the contested reports that a dismissal sets aside: of an objection, all of its author in that role on that gate; otherwise those that say the same, from machines or from the same person. Of unreadable ones, those of the same build under the same key; without a key, those with the same content.';

REVOKE ALL ON FUNCTION "ops_private"."end_dismissed"(ops.dismissals) FROM PUBLIC;
