-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.must_be_judged (
  release ops.releases,
  now     timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (release.lapses_at <= must_be_judged.now) is true or release.excepted and exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and ops_private.authorises(x, must_be_judged.now)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."must_be_judged"(ops.releases, timestamp with time zone) IS 'Whether an exception of a release has an effect at the present moment, or an approval or artifact lapsed. If not, the stored verdicts without exceptions are the answer, however long ago they were stored.';

REVOKE ALL ON FUNCTION "ops_private"."must_be_judged"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
