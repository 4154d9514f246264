-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_confirmation (
  change ops.policy_changes
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_confirmation"(ops.policy_changes) IS 'Raises why a change cannot be confirmed by anybody: OPS18 in force already, OPS19 lapsed, OPS21 overtaken, OPS22 its author was revoked.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_confirmation"(ops.policy_changes) FROM PUBLIC;
