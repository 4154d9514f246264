-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.candidates (
  b     ops_private.asked_inbox,
  among uuid[]
)
  RETURNS SETOF ops_private.asked_release
  LANGUAGE plpgsql
  STABLE
  ROWS 50
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_at_once constant integer := 200;
  v_found integer := 0;
  v_more integer;
begin
  for v_from in 1 .. cardinality(among) by v_at_once loop
    return query
    select w.* from ops_private.releases_with_work(b, among[v_from : v_from + v_at_once - 1], 51 - v_found) as w;
    get diagnostics v_more = row_count;
    v_found := v_found + v_more;
    exit when v_found = 51;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."candidates"(ops_private.asked_inbox, uuid[]) IS 'The first 51 of these releases of which something may wait for the person. No more are looked at than that takes.';

REVOKE ALL ON FUNCTION "ops_private"."candidates"(ops_private.asked_inbox, uuid[]) FROM PUBLIC;
