-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_liftable (
  release_id    uuid,
  of_deployment boolean,
  condition     text,
  who           text,
  remedy        text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_closed constant boolean := not of_deployment and (
    select r.closed_at is not null from ops.releases r where r.release_id = refuse_liftable.release_id);
begin
  perform ops_private.refuse_dismissal(
    condition,
    case when v_closed then 'nobody can lift it: a closed release takes no approval and no check of a build that passes'
      else who end,
    case when v_closed then 'release another commit; or open a gate_bypass that names G3 for the release that it stops'
      else remedy end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_liftable"(uuid, boolean, text, text, text) IS 'Raises OPS11 for a stop that somebody can lift by an approval or a check that passes, and says who. A closed release takes neither, except checks of a deployment: then nobody can.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_liftable"(uuid, boolean, text, text, text) FROM PUBLIC;
