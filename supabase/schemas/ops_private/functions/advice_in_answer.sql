-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.advice_in_answer (
  release   ops.releases,
  target    ops.ops_environment,
  artifacts jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select jsonb_build_object('advice', jsonb_agg(to_jsonb(a)))
    from (
      select o.* from ops_private.advice_of(release, target, ops_private.present(release)) as o
      union all
      select d.* from ops_private.find_deployed_artifacts(release, target, artifacts, ops_private.present(release)) as d
      where (release.has_artifacts or artifacts is not null) and d.enforcement = 'advisory'
    ) as a
    having count(*) > 0
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."advice_in_answer"(ops.releases, ops.ops_environment, jsonb) IS 'What the answer to a deployment that was judged says beside its blockers: {advice: [findings]}. Null without any.';

REVOKE ALL ON FUNCTION "ops_private"."advice_in_answer"(ops.releases, ops.ops_environment, jsonb) FROM PUBLIC;
