-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.timeline (
  release_id uuid,
  before     timestamp with time zone DEFAULT NULL::timestamp WITH time zone,
  "limit"    integer                  DEFAULT 50
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  v_release := ops_private.release_named(timeline.release_id);
  -- Clients send "limit" by this name, although it is a reserved word: @plpgsql_check_options: other_warnings = false
  if (timeline."limit" between 1 and 200) is not true then
    raise exception using errcode = '22023', message = 'a page of a timeline has 1 to 200 facts',
      hint = 'ask for the next page with before: the `before` of the answer';
  end if;
  return ops_private.timeline_of(v_release, least(
    timeline.before, ops_private.present(v_release) + interval '1 microsecond'),
    ops_private.facts_on_a_page(v_release.release_id, timeline."limit"));
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."timeline"(uuid, timestamp WITH time zone, integer) TO "audit_reader", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."timeline"(uuid, timestamp with time zone, integer) IS 'What happened to one release until now: {release_id, before, entries}. entries: rows of ops.timeline_entry, the newest first, each without its columns that are null. Every moment at which ops.gate_status_at may change its answer has an entry, also one that only time made; a role that may not read a fact gets no entry of it (as ops.release_overview), but each change of a verdict. A page is made of the newest facts, as many as limit (1 to 200; fewer of a release with more than 50 deployments) and all others of the oldest one''s moment, and of the verdicts that they changed. before: ask with it for the page before, which may be without entries for the role; null when the page reaches the opening. OPS04: no release that they may see. 22023: another limit.';

REVOKE ALL ON FUNCTION "ops"."timeline"(uuid, timestamp WITH time zone, integer) FROM PUBLIC;
