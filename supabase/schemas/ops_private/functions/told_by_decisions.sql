-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.told_by_decisions (
  persona      text,
  decisions    ops_private.standing_decision[],
  initiator    text,
  barred       text[],
  dismissers   text[],
  digest       text,
  lapsed_until timestamp with time zone
)
  RETURNS ops_private.told_approvals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_told ops_private.told_approvals := row(null, null, 0, '')::ops_private.told_approvals;
  v_decision ops_private.standing_decision;
  v_why text;
  v_reasons text[] := '{}'::text[];
  v_people text[] := '{}'::text[];
begin
  foreach v_decision in array decisions loop
    continue when v_decision.persona_role::text <> persona;
    v_why := ops_private.why_uncounted(v_decision, initiator, barred, dismissers, digest, lapsed_until);
    if v_decision.decision = 'rejected' then
      v_told.rejected := concat_ws(', ', v_told.rejected, v_decision.approver_id);
    elsif v_decision.decision = 'request_changes' then
      v_told.changes := concat_ws(', ', v_told.changes, v_decision.approver_id);
    elsif v_why is null then
      v_told.counted := v_told.counted + 1;
    end if;
    -- What the person did last helps most: they think that they have approved.
    if v_decision.decision <> 'approved' or v_why in ('earlier_build', 'lapsed') then
      v_why := coalesce(v_decision.later_unmet, case when v_decision.decision = 'approved' then v_why end);
    end if;
    if v_why is not null then
      v_reasons := v_reasons || v_why;
      v_people := v_people || v_decision.approver_id;
    end if;
  end loop;
  if v_reasons <> '{}' then
    v_told.uncounted := (
      select string_agg(ops_private.uncounted_in_words(u.reason, u.people), '' order by u.place)
      from (
        select w.reason, string_agg(w.person, ', ' order by w.place) as people, min(array_position(
          '{initiator,lower_approver,dismisser,approvers,own_token,aal2,earlier_build}'::text[], w.reason)) as place
        from unnest(v_reasons, v_people) with ordinality as w(reason, person, place)
        group by w.reason
      ) as u
    );
  end if;
  return v_told;
end
$function$;

COMMENT ON FUNCTION "ops_private"."told_by_decisions"(text, ops_private.standing_decision[], text, text[], text[], text, timestamp with time zone) IS 'What the decisions in a persona come to. The arguments are those of ops_private.find_approval.';

REVOKE ALL ON FUNCTION "ops_private"."told_by_decisions"(text, ops_private.standing_decision[], text, text[], text[], text, timestamp WITH time zone) FROM PUBLIC;
