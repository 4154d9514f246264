-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_judge_facts()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release_id uuid;
  v_touched ops.ops_gate_code;
begin
  perform ops_private.refresh_deployment_health(d.deployment_id)
  from (
    select distinct (to_jsonb(w) ->> 'deployment_id')::uuid as deployment_id
    from written as w where tg_table_name = 'gate_checks'
  ) as d
  where d.deployment_id is not null;
  update ops.releases r set excepted = true
  from written as w
  where tg_table_name = 'exceptions' and r.release_id = w.release_id and not r.excepted;
  -- Deployments change G4. A fact with a gate changes that gate and later ones. Other facts may change every gate.
  for v_release_id, v_touched in
    select distinct
      w.release_id, case when tg_table_name = 'deployments' then 'G4' else coalesce(g.gate_code, 'G1') end as touched
    from written as w
    left join ops.release_gates g on g.gate_id = (to_jsonb(w) ->> 'gate_id')::uuid
    where w.release_id is not null
    order by w.release_id, touched
  loop
    if exists (select from ops.releases r where r.release_id = v_release_id and r.contested) then
      perform ops_private.end_contested(v_release_id, null);
    end if;
    perform ops_private.judge_now(v_release_id, v_touched);
  end loop;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_judge_facts"() IS 'After a direct write of facts: judges their gates and the gates that wait for them, in the same transaction.';

REVOKE ALL ON FUNCTION "ops_private"."tg_judge_facts"() FROM PUBLIC;
