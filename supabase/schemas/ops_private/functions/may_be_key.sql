-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_be_key (
  idempotency_key text,
  event_type      text,
  role            text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_source constant text := split_part(may_be_key.idempotency_key, '/', 1);
begin
  return (may_be_key.idempotency_key ~ '^[!-.0-~]+/[!-.0-~]+/[!-.0-~]+(/[!-.0-~]+)*$'
    and split_part(may_be_key.idempotency_key, '/', 3) = may_be_key.event_type
    and case when v_source = any (enum_range(null::ops.ops_source_system)::text[])
      then ops_private.may_send_source(v_source::ops.ops_source_system, may_be_key.role) end) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_be_key"(text, text, text) IS 'Whether somebody in a role may send an event of this type under this key, by the form of the key. It says nothing about who has it.';

REVOKE ALL ON FUNCTION "ops_private"."may_be_key"(text, text, text) FROM PUBLIC;
