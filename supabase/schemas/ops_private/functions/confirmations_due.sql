-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.confirmations_due()
  RETURNS SETOF ops.notices
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  n ops.notices;
  g ops.release_gates;
begin
  for g in
    select f.* from ops.release_gates f join ops.releases r on r.release_id = f.release_id
    where r.closed_at is null and r.project in (
        select t.project from ops.notice_targets t where t.replaced_at is null and 'gate_waits' = any (t.kinds))
      and f.gate_code = 'G4' and f.status = 'in_progress' and f.entered_at <= clock_timestamp() - interval '1 day'
    order by f.release_id
  loop
    n.release_id := g.release_id;
    n.project := g.project;
    n.gate_code := g.gate_code;
    n.personas := ops_private.awaited_at(g);
    n.kind := 'gate_waits';
    n.by_time := true;
    n.happened_at := g.entered_at + interval '1 day';
    if n.personas <> '{}' then
      return next n;
    end if;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."confirmations_due"() IS 'The notices of G4 of open releases that nobody confirmed for a day, in projects where a target asks for them.';

REVOKE ALL ON FUNCTION "ops_private"."confirmations_due"() FROM PUBLIC;
