-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.stops_on_record (
  release_id uuid,
  OUT        stopped boolean,
  OUT        objected boolean
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  stops_on_record.objected := exists (
    select from ops.approvals a
    where a.release_id = stops_on_record.release_id and a.scope = 'release' and a.decision <> 'approved');
  stops_on_record.stopped := stops_on_record.objected or exists (
    select from ops.approvals a where a.release_id = stops_on_record.release_id and a.decision = 'rejected'
  ) or exists (
    select from ops.gate_checks gc
    where gc.release_id = stops_on_record.release_id and gc.status = 'fail' and gc.trusted);
end
$function$;

COMMENT ON FUNCTION "ops_private"."stops_on_record"(uuid) IS 'Whether the release has the facts for which ops_private.tg_mark_stop marks it with stopped and objected.';

REVOKE ALL ON FUNCTION "ops_private"."stops_on_record"(uuid) FROM PUBLIC;
