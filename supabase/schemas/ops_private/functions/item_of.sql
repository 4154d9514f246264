-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.item_of (
  a      ops_private.inbox_release,
  kind   ops.ops_inbox_kind,
  role   text,
  gate   ops.release_gates,
  fact   uuid,
  what   text,
  remedy text,
  since  timestamp with time zone
)
  RETURNS ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return row(
    kind, role, (a.release).project, (a.release).release_id, (a.release).release_name, (a.release).environment_target,
    gate.gate_id, gate.gate_code, fact, what, remedy, since)::ops.inbox_item;
end
$function$;

COMMENT ON FUNCTION "ops_private"."item_of"(ops_private.inbox_release, ops.ops_inbox_kind, text, ops.release_gates, uuid, text, text, timestamp
  with time zone) IS 'An item about a release.';

REVOKE ALL ON FUNCTION "ops_private"."item_of"(ops_private.inbox_release, ops.ops_inbox_kind, text, ops.release_gates, uuid, text, text, timestamp WITH time zone) FROM PUBLIC;
