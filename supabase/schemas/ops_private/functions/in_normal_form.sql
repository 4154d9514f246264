-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.in_normal_form (
  entries ops_private.policy_entry[]
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(
      jsonb_agg(jsonb_strip_nulls(to_jsonb(e)) order by e.kind, e.subject collate "C"), '[]')
    from unnest(entries) as e
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."in_normal_form"(ops_private.policy_entry[]) IS 'Requirements as ops.policy_changes keeps them: ordered by kind and subject, each with its defaults and without nulls. Two policies say the same when their normal forms are equal.';

REVOKE ALL ON FUNCTION "ops_private"."in_normal_form"(ops_private.policy_entry[]) FROM PUBLIC;
