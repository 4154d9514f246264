-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judge_what_lapsed()
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release_id uuid;
begin
  for v_release_id in
    select r.release_id from ops.releases r
    where r.closed_at is null and r.judged_until <= clock_timestamp()
    order by r.project in (
      select t.project from ops.notice_targets t where t.replaced_at is null and t.kinds && '{gate_waits,gate_failed}'
    ) desc, r.judged_until limit 20
    for no key update of r skip locked
  loop
    perform ops_private.judge_or_warn(v_release_id);
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."judge_what_lapsed"() IS 'Judges open releases again of which an exception began or ended, or an approval or artifact lapsed, since they were judged: so people are told that a gate waits for them again, and what reads stored verdicts need not judge. At most 20 of all projects, those that nobody else holds: first those of which a target is told, then the longest overdue. One that cannot be judged keeps its place, and is judged for each reader.';

REVOKE ALL ON FUNCTION "ops_private"."judge_what_lapsed"() FROM PUBLIC;
