-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.items_of_releases (
  b   ops_private.inbox_scope,
  OUT items ops.inbox_item[],
  OUT cut boolean,
  OUT not_looked_at timestamp with time zone
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_asked ops_private.inbox_release[];
begin
  if b.projects is null or cardinality(b.projects) > 4 then
    -- Whoever sees many projects sees many of the newest releases. The others are read only if these are not enough.
    select w.asked, w.not_looked_at into v_asked, not_looked_at from ops_private.newest_with_work(b) as w;
  end if;
  if b.projects is not null and (cardinality(v_asked) = 51) is not true then
    select w.asked, w.not_looked_at into v_asked, not_looked_at from ops_private.newest_with_work_of_each(b) as w;
  end if;
  cut := cardinality(v_asked) = 51;
  if cut then
    not_looked_at := (v_asked[51].release).created_at;
  end if;
  v_asked := array(select ops_private.at_present(f) from unnest(v_asked[1 : 50]) as f);
  items := array(select i from ops_private.gate_items(v_asked, b.codes) as i)
    || array(
      select i from unnest(v_asked) as f cross join lateral ops_private.items_beside(f) as i
      where (f.release).contested or f.objected or f.dismissible or f.beside);
end
$function$;

COMMENT ON FUNCTION "ops_private"."items_of_releases"(ops_private.inbox_scope) IS 'What waits for the person on the newest 50 open releases of which something may wait for them. cut: there are more. not_looked_at: open releases that were opened until then were not looked at; null when all were.';

REVOKE ALL ON FUNCTION "ops_private"."items_of_releases"(ops_private.inbox_scope) FROM PUBLIC;
