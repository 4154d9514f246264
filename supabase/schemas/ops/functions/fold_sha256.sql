CREATE OR REPLACE FUNCTION ops.fold_sha256()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  new.sha256 := lower(new.sha256);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."fold_sha256"() IS 'Before insert: a digest in capitals is the same digest.';

REVOKE ALL ON FUNCTION "ops"."fold_sha256"() FROM PUBLIC;
