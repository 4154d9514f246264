-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.hold_releases (
  releases uuid[]
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_busy uuid;
begin
  perform ops_private.refuse_isolation();
  -- Others lock several releases in the order of their rows. Who waits for one and holds another could meet them in a
  -- deadlock. So take all that are free. While one is busy, give them back, and wait for that one first.
  for v_round in 1..100 loop
    begin
      perform from ops.releases r where r.release_id = v_busy for no key update;
      v_busy := (
        select i from unnest(releases) as i
        where i <> all (array(
          select r.release_id from ops.releases r where r.release_id = any (releases)
          for no key update skip locked
        ))
        limit 1
      );
      if v_busy is null then
        return;
      end if;
      raise raise_exception;
    exception when raise_exception then
      null; -- the locks of this block are given back
    end;
  end loop;
  raise lock_not_available using message = 'the releases that were deployed there are busy',
    hint = 'take the target out again in a moment';
end
$function$;

COMMENT ON FUNCTION "ops_private"."hold_releases"(uuid[]) IS 'Locks several releases as ops_private.hold_release locks one. It waits for one only while it holds no other, so it is part of no deadlock, in whatever order others lock them. Raises OPS03 above read committed, and 55P03 when one was busy in each of 100 rounds.';

REVOKE ALL ON FUNCTION "ops_private"."hold_releases"(uuid[]) FROM PUBLIC;
