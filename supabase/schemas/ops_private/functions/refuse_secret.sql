-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_secret (
  written record
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_row jsonb;
  v_column text;
begin
  -- A row that is larger, or has a document that cannot be kept, breaks a rule of its table, and is refused for that.
  if pg_column_size(written) > 1048576 then
    return;
  end if;
  v_row := to_jsonb(written);
  if exists (
    select from jsonb_each(v_row) as f
    where jsonb_typeof(f.value) in ('object', 'array') and not ops_private.is_storable(f.value)
  ) then
    return;
  end if;
  v_column := (
    select f.key from jsonb_each(v_row) as f
    where case jsonb_typeof(f.value)
      when 'string' then ops_private.has_secret(f.value #>> '{}')
      when 'object' then ops_private.holds_secret(f.value)
      when 'array' then ops_private.holds_secret(f.value)
    end
    limit 1
  );
  if v_column is not null then
    raise exception using errcode = '23514', constraint = 'no_secret_is_recorded', column = v_column,
      message = format('%s has something that looks like a key, a token or a private key', v_column),
      hint = 'leave it out; use an address without user info or signature; if it is a real secret, revoke it now';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_secret"(record) IS 'Raises 23514 when a text of a row that is written directly has a secret. The error names the column, never the value. Events are checked as a whole (ops_private.check_event).';

REVOKE ALL ON FUNCTION "ops_private"."refuse_secret"(record) FROM PUBLIC;
