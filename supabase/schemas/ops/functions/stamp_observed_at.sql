CREATE OR REPLACE FUNCTION ops.stamp_observed_at()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  new.observed_at := clock_timestamp();
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."stamp_observed_at"() IS 'Before a direct insert into a table that belongs to no release: observed_at is the wall clock.';

REVOKE ALL ON FUNCTION "ops"."stamp_observed_at"() FROM PUBLIC;
