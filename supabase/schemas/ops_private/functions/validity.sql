-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.validity (
  release ops.releases,
  as_of   timestamp with time zone,
  OUT     judged_until timestamp with time zone,
  OUT     lapses_at timestamp with time zone
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  select
    min(t.moment),
    case when release.lapses_at is not null
      then coalesce(min(t.moment) filter (where t.lapses), ops_private.never()) end
  into validity.judged_until, validity.lapses_at
  from ops_private.turning_points t where t.release_id = release.release_id and t.moment > validity.as_of;
end
$function$;

COMMENT ON FUNCTION "ops_private"."validity"(ops.releases, timestamp with time zone) IS 'Until when the verdicts on a release at a moment are the answer: judged_until and lapses_at of ops.releases.';

REVOKE ALL ON FUNCTION "ops_private"."validity"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
