-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.newest_with_work_of_each (
  b   ops_private.inbox_scope,
  OUT asked ops_private.inbox_release[],
  OUT not_looked_at timestamp with time zone
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_each constant integer := greatest(50, 1000 / greatest(cardinality(b.projects), 1));
  v_most integer;
  v_among uuid[];
  v_seen integer := 0;
begin
  asked := '{}';
  -- Of one project the newest come first in any case, and are mostly enough.
  foreach v_most in array case when cardinality(b.projects) = 1 then array[150, 400, v_each] else array[v_each] end loop
    select o.newest, o.beyond into v_among, not_looked_at from ops_private.newest_of_each(b, v_most) as o;
    asked := asked || array(
      select w from ops_private.releases_with_work(b, v_among[v_seen + 1 :], 51 - cardinality(asked)) as w);
    v_seen := cardinality(v_among);
    exit when cardinality(asked) = 51 or not_looked_at is null;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."newest_with_work_of_each"(ops_private.inbox_scope) IS 'Of the newest open releases of each of the person''s projects the first 51 of which something may wait for the person. not_looked_at: when the newest of those was opened that were not looked at.';

REVOKE ALL ON FUNCTION "ops_private"."newest_with_work_of_each"(ops_private.inbox_scope) FROM PUBLIC;
