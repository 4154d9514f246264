-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.items_of_releases (
  b   ops_private.asked_inbox,
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
  v_newest uuid[];
  v_candidates ops_private.asked_release[];
  v_project text;
  v_roles text[];
  a ops_private.asked_release;
begin
  if b.projects is null or cardinality(b.projects) > 4 then
    -- Whoever sees many projects sees many of the newest releases. The others are read only if these are not enough.
    v_newest := ops_private.newest_open(b, 1001);
    v_candidates := array(select w from ops_private.candidates(b, v_newest[1 : 1000]) as w);
    if cardinality(v_newest) > 1000 and b.projects is null then
      not_looked_at := (select r.created_at from ops.releases r where r.release_id = v_newest[1001]);
    end if;
  end if;
  if b.projects is not null and (cardinality(v_candidates) = 51) is not true then
    select o.newest, o.beyond into v_newest, not_looked_at
    from ops_private.newest_of_each(b, greatest(50, 1000 / greatest(cardinality(b.projects), 1))) as o;
    v_candidates := array(select w from ops_private.candidates(b, v_newest) as w);
  end if;
  cut := cardinality(v_candidates) = 51;
  if cut then
    not_looked_at := (v_candidates[51].release).created_at;
  end if;
  items := '{}';
  foreach a in array v_candidates[1 : 50] loop
    if v_project is distinct from (a.release).project then
      v_project := (a.release).project;
      v_roles := ops_private.roles_in(b.reach, v_project);
    end if;
    a.roles := v_roles;
    items := items || array(select i from ops_private.items_of(a, b.codes) as i);
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."items_of_releases"(ops_private.asked_inbox) IS 'What waits for the person on the newest 50 open releases of which something may wait for them. cut: there are more. not_looked_at: open releases that were opened until then were not looked at; null when all were.';

REVOKE ALL ON FUNCTION "ops_private"."items_of_releases"(ops_private.asked_inbox) FROM PUBLIC;
