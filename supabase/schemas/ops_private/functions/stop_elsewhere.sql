-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.stop_elsewhere (
  release ops.releases,
  as_of   timestamp with time zone,
  OUT     what text,
  OUT     closed boolean,
  OUT     who text
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_other ops.releases;
  v_seen integer := 0;
begin
  for v_other in
    select o.* from ops.releases o
    where o.project = release.project and o.source_ref = release.source_ref and (o.stopped or o.contested)
      and o.release_id <> release.release_id and o.created_at <= as_of and o.imported_at is null
    order by o.created_at desc limit 101
  loop
    v_seen := v_seen + 1;
    -- Whoever has so many of them does not release commits. The limit bounds the time, and closes.
    if v_seen > 100 then
      what := 'more than 100 releases of it were stopped';
    else
      select s.what, s.who into what, who from ops_private.standing_stops(v_other, stop_elsewhere.as_of) as s
      where s.elsewhere order by s.what limit 1;
    end if;
    exit when what is not null;
  end loop;
  if what is not null then
    what := format('release %s: %s', v_other.release_name, what);
    closed := (v_other.closed_at <= stop_elsewhere.as_of) is true;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."stop_elsewhere"(ops.releases, timestamp with time zone) IS 'What stops another release of the same project and source_ref at a moment, in words: of the newest of them, those of the past aside. Null when nothing does. who: the role that can end it there. closed: that release was closed by then. Looks at the newest 100 that were ever stopped; more than that count as a stop.';

REVOKE ALL ON FUNCTION "ops_private"."stop_elsewhere"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
