-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.claim_notices (
  batch integer DEFAULT 20
)
  RETURNS SETOF ops.claimed_notice
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.notice_deliveries;
  v_claimed ops.claimed_notice;
  v_left integer := batch;
  v_ended integer := 1;
begin
  perform ops_private.require_role('service_role');
  perform ops_private.refuse_isolation();
  if (batch between 1 and 100) is not true then
    raise exception using errcode = '22023', message = 'this cannot be the size of a batch',
      hint = 'ask for 1 to 100 notices';
  end if;
  -- A notice that is not true any more is ended. Then the next delivery takes its place in the batch.
  for v_round in 1..20 loop
    exit when v_left = 0 or v_ended = 0;
    v_ended := 0;
    for d in select c.* from ops_private.due_deliveries(v_left) as c loop
      v_claimed := ops_private.claim_or_fail(d);
      if v_claimed.delivery_id is null then
        v_ended := v_ended + 1;
        if d.same > 1 then
          perform ops_private.revive_merged(d);
        end if;
      else
        v_left := v_left - 1;
        return next v_claimed;
      end if;
    end loop;
  end loop;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."claim_notices"(integer) TO "service_role";

COMMENT ON FUNCTION "ops"."claim_notices"(integer) IS 'Claims up to batch (1 to 100) deliveries that are due, for 60 seconds, and returns them; two senders never hold the same one. Of a release and target one at a time, in order. Who does not record an outcome in time loses them; then they are claimed again, under the same notice_id. Only service_role may call it. 22023: batch out of range; OPS03 above read committed.';

REVOKE ALL ON FUNCTION "ops"."claim_notices"(integer) FROM PUBLIC;
