-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_decisions (
  release_id   uuid,
  gate_id      uuid,
  as_of        timestamp with time zone,
  exception_id uuid                     DEFAULT NULL::uuid,
  dismissed    boolean                  DEFAULT NULL::boolean,
  unmet        jsonb                    DEFAULT NULL::jsonb
)
  RETURNS SETOF ops_private.standing_decision
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_dismissed boolean := standing_decisions.dismissed;
  v_set_aside uuid[] := '{}'::uuid[];
begin
  if v_dismissed is null then
    v_dismissed := (select r.dismissed from ops.releases r where r.release_id = standing_decisions.release_id);
  end if;
  if v_dismissed then
    -- As ops_private.dismissed_decisions, which a reader of a view may not call.
    v_set_aside := array(
      select a.approval_id
      from ops.dismissals d
      join ops.approvals a on a.release_id = d.release_id
      where d.release_id = standing_decisions.release_id and d.kind = 'objection'
        and d.gate_id is not distinct from a.gate_id and d.exception_id is not distinct from a.exception_id
        and d.author = a.approver_id and d.author_role = a.persona_role::text
        and a.created_at <= d.created_at and d.created_at <= standing_decisions.as_of
    );
  end if;
  return query
  select distinct on (a.persona_role, a.approver_id) a.approver_id, a.persona_role, a.decision, a.approval_id,
    a.created_at, a.artifacts_digest, u.unmet, null::text
  from ops.approvals a
  cross join lateral (
    select case when standing_decisions.unmet is null then a.unmet
      else standing_decisions.unmet ->> a.approval_id::text end as unmet
  ) as u
  where a.release_id = standing_decisions.release_id and (
      a.gate_id = standing_decisions.gate_id or standing_decisions.gate_id is null and a.gate_id is null
      and a.exception_id is not distinct from standing_decisions.exception_id)
    and a.created_at <= standing_decisions.as_of and a.approval_id <> all (v_set_aside)
  -- An approval that is not sure to be the person's (as ops_private.is_unsure, which a reader of a view may not call)
  -- changes nothing: it is the answer only while there is no other. An objection counts from when it was recorded, an
  -- approval from when it was given. So an approval that arrives late does not lift an objection that was recorded
  -- meanwhile. Of equal ones the one that was recorded last counts: when it lapses, and for which artifacts it is,
  -- depends on that.
  order by
    a.persona_role, a.approver_id, (u.unmet in ('own_token', 'aal2')) is true,
    case a.decision when 'approved' then a.observed_at else a.created_at end desc,
    case a.decision when 'rejected' then 0 when 'request_changes' then 1 else 2 end, a.created_at desc;
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_decisions"(uuid, uuid, timestamp with time zone, uuid, boolean, jsonb) IS 'The decisions on a gate that count at a moment; without a gate those on an exception, and without either those on the release as a whole: the latest per approver and persona. An objection counts from when it was recorded, an approval from when it was given. Of simultaneous ones the worse counts, and of equal ones the one that was recorded last. An approval without the own token or second factor that policy asks for stands only while the person decided nothing else. What was dismissed by then is left out. dismissed: releases.dismissed, if the caller knows it. unmet: what each approval does not meet, instead of what is stored with it (ops_private.unmet_by_policy).';
