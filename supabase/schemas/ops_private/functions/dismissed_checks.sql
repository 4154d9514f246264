-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissed_checks (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select gc.check_id
    from ops.dismissals d
    join ops.gate_checks gc on gc.release_id = d.release_id and gc.gate_id = d.gate_id
    where d.release_id = dismissed_checks.release_id and d.check_id is not null
      and d.check_name = gc.check_name and d.trusted = gc.trusted
      and d.deployment_id is not distinct from gc.deployment_id
      and (gc.trusted or (d.author, d.author_role) = (gc.created_by, gc.created_role))
      and gc.created_at <= d.created_at and d.created_at <= dismissed_checks.as_of
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissed_checks"(uuid, timestamp with time zone) IS 'The checks of a release that were dismissed until a moment: all of the same gate, deployment, name and trust class, of those that people recorded only the checks of the same author.';

REVOKE ALL ON FUNCTION "ops_private"."dismissed_checks"(uuid, timestamp WITH time zone) FROM PUBLIC;
