-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.newest_with_work (
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
  v_at_once integer;
  v_among uuid[];
begin
  asked := '{}';
  -- Mostly few are enough.
  foreach v_at_once in array '{150,150,200,250,250}'::integer[] loop
    v_among := ops_private.newest_open(v_among[cardinality(v_among)], v_at_once);
    asked := asked || array(
      select w from ops_private.releases_with_work(b, v_among, 51 - cardinality(asked)) as w);
    exit when cardinality(asked) = 51 or cardinality(v_among) < v_at_once;
  end loop;
  if cardinality(asked) < 51 and cardinality(v_among) = v_at_once then
    not_looked_at := (
      select r.created_at from unnest(ops_private.newest_open(v_among[v_at_once], 1)) as n (release_id)
      join ops.releases r on r.release_id = n.release_id);
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."newest_with_work"(ops_private.inbox_scope) IS 'Of the newest 1,000 open releases of any project the first 51 of which something may wait for the person. No more are read than that takes. not_looked_at: when the newest of the others was opened, if there are fewer.';

REVOKE ALL ON FUNCTION "ops_private"."newest_with_work"(ops_private.inbox_scope) FROM PUBLIC;
