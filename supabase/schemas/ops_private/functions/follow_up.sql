-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.follow_up (
  s         ops_private.submission,
  r         ops_private.recording,
  artifacts integer
)
  RETURNS ops_private.recording
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if artifacts > 0 then
    r.detail := r.detail || jsonb_build_object('artifacts', artifacts);
    update ops.releases release set has_artifacts = true
    where release.release_id = (r.release).release_id and not release.has_artifacts;
    r.release.has_artifacts := true;
  end if;
  if (r.release).contested then
    perform ops_private.end_contested((r.release).release_id, s);
  end if;
  return r;
end
$function$;

COMMENT ON FUNCTION "ops_private"."follow_up"(ops_private.submission, ops_private.recording, integer) IS 'What the facts of an event change on their release beside the verdicts: a build that names artifacts marks it, and contested reports that the event heals or answers end.';

REVOKE ALL ON FUNCTION "ops_private"."follow_up"(ops_private.submission, ops_private.recording, integer) FROM PUBLIC;
