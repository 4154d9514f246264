-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_warnings (
  project text,
  change  ops.policy_changes DEFAULT NULL::ops.policy_changes
)
  RETURNS SETOF ops.policy_warning
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_asked constant ops_private.asked_approval[] := array(
    select a from ops_private.asked_approvals(find_warnings.project, change) as a);
  v_people constant text[] := ops_private.active_people(find_warnings.project, null);
  w ops.policy_warning;
begin
  for w in
    select f.* from unnest(v_asked) as a cross join lateral ops_private.people_too_few(a, v_people) as f
    union all
    select s.* from ops_private.signers_too_few(v_asked, v_people) as s
    union all
    select f.* from unnest(v_asked) as a cross join lateral ops_private.idle_approvers(a) as f
    union all
    select m.* from ops_private.managers_too_few(find_warnings.project) as m
  loop
    continue when w.code is null;
    w.change_id := change.change_id;
    return next w;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_warnings"(text, ops.policy_changes) IS 'What the active members of a project cannot satisfy of its policy, as it is or after a change. With null: of the default rows, by members of every project. The warnings do not say of which project.';

REVOKE ALL ON FUNCTION "ops_private"."find_warnings"(text, ops.policy_changes) FROM PUBLIC;
