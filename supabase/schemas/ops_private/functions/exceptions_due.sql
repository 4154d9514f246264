-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exceptions_due()
  RETURNS SETOF ops.notices
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  x ops.exceptions;
  n ops.notices;
  v_now constant timestamptz := clock_timestamp();
begin
  for x in
    select e.* from ops.exceptions e
    where e.post_review_status = 'pending' and e.project in (
      select t.project from ops.notice_targets t where t.replaced_at is null and t.kinds && '{exception_ends,exception_review_due}')
    order by e.release_id
  loop
    n.release_id := x.release_id;
    n.project := x.project;
    n.exception_id := x.exception_id;
    n.by_time := true;
    -- One that lasts for less than two days is told when half of its time is over.
    n.happened_at := x.expires_at - least(interval '1 day', (x.expires_at - x.effective_from) / 2);
    n.kind := 'exception_ends';
    if least(x.expires_at, x.revoked_at) <= v_now then
      n.kind := 'exception_review_due';
      n.happened_at := least(x.expires_at, x.revoked_at);
    end if;
    if n.happened_at <= v_now then
      return next n;
    end if;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exceptions_due"() IS 'The notices of exceptions that end within a day, or ended and are not reviewed, in projects where a target asks for them.';

REVOKE ALL ON FUNCTION "ops_private"."exceptions_due"() FROM PUBLIC;
