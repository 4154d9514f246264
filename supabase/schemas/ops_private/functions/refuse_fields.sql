-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_fields (
  requirements jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_types jsonb;
  v_fields text;
  v_unknown text;
  v_mistyped text;
begin
  select
    string_agg(a.attname, ', ' order by a.attnum),
    jsonb_object_agg(a.attname, case a.atttypid::regtype::text
      when 'boolean' then 'boolean' when 'integer' then 'number' when 'text[]' then 'array' else 'string' end)
  into v_fields, v_types
  from pg_attribute as a where a.attrelid = 'ops_private.policy_entry'::regclass and not a.attisdropped;
  select
    string_agg(distinct f.name, ', ') filter (where not v_types ? f.name),
    -- Nothing is converted: "2" or "yes" may mean something else than it would become.
    string_agg(distinct format('%s must be %s', f.name, case v_types ->> f.name
      when 'boolean' then 'true or false' when 'number' then 'a whole number' when 'array' then 'a list of texts'
      else 'a text' end), ', ') filter (where jsonb_typeof(f.value) <> v_types ->> f.name
        or f.name = 'approvers' and jsonb_path_exists(f.value, '$[*] ? (@.type() != "string")')
        or v_types ->> f.name = 'number' and f.value::text ~ '[.]')
  into v_unknown, v_mistyped
  from jsonb_array_elements(requirements) as e cross join lateral jsonb_each(e.value) as f (name, value)
  where jsonb_typeof(f.value) <> 'null' or not v_types ? f.name;
  if v_unknown is not null then
    raise exception using errcode = 'OPS10', message = format('a requirement has no field %s', left(v_unknown, 200)),
      hint = 'the fields are ' || v_fields;
  elsif v_mistyped is not null then
    raise exception using errcode = 'OPS10', message = format('a field is of another type: %s', v_mistyped),
      hint = 'write numbers, true and false without quotes, and leave out what is not asked';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_fields"(jsonb) IS 'Raises OPS10 when a requirement has a field that there is not, or a value of another JSON type than its field has. Null counts as left out.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_fields"(jsonb) FROM PUBLIC;
