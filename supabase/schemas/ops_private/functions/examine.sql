-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.examine (
  s ops_private.submission
)
  RETURNS ops_private.submission
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_refusal ops_private.refusal;
begin
  if s.examined is not true then
    v_refusal := ops_private.unreadable(s.envelope);
    if v_refusal.error is null then
      v_refusal := ops_private.malformed(s.envelope);
    end if;
    if v_refusal.error is not null then
      s.outcome := 'rejected';
      s.error := v_refusal.error;
      s.detail := v_refusal.detail;
    end if;
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."examine"(ops_private.submission) IS 'Checks every field of a refused submission whose fields were not all checked before. If that finds issues, they replace the earlier reason, because they are more exact.';

REVOKE ALL ON FUNCTION "ops_private"."examine"(ops_private.submission) FROM PUBLIC;
