-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judge_or_warn (
  release_id uuid
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  v_release := ops_private.hold_release(judge_or_warn.release_id);
  v_now := ops_private.present(v_release);
  perform ops_private.store(v_release, 'G1', ops_private.as_turned(
    ops_private.judge(v_release, 'G1', v_now, live => true), coalesce(ops_private.turned_at(v_release), v_now)), v_now);
exception when others then
  if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
    raise; -- a retry can succeed
  end if;
  raise warning 'ops.due_notices: judging release % raised %', judge_or_warn.release_id, sqlstate;
end
$function$;

COMMENT ON FUNCTION "ops_private"."judge_or_warn"(uuid) IS 'As ops_private.judge_now, from the first gate on, of a release of which something lapsed: what changed has the moment of that. An error that a retry does not solve is a warning: one release keeps no other one, and no notice, waiting.';

REVOKE ALL ON FUNCTION "ops_private"."judge_or_warn"(uuid) FROM PUBLIC;
