-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_event()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not starts_with(new.idempotency_key, 'direct/') then
    raise exception using errcode = '42501', message = 'the key of a direct insert must begin with direct/',
      hint = 'send the event to ops.ingest_event, or use a key that begins with direct/';
  end if;
  perform ops_private.refuse_secret(new);
  new.observed_at := new.created_at;
  if not ops_private.acts_for_all() then
    new.event_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.project := ops_private.own_project(new.project);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_event"() IS 'Before a direct insert: sets the key of the row, observed_at to the wall clock, and the project (ops_private.own_project). Raises 42501 unless the key begins with direct/, so that nobody can take the key of a later event.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_event"() FROM PUBLIC;
