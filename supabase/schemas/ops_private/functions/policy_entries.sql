-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.policy_entries (
  requirements jsonb,
  project      text
)
  RETURNS SETOF ops_private.policy_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_defaults ops_private.policy_entry;
  v_entry ops_private.policy_entry;
begin
  -- Check the size before anything is read as text.
  if (jsonb_typeof(requirements) = 'array') is not true or jsonb_array_length(requirements) > 100
    or not ops_private.is_storable(requirements)
    or exists (select from jsonb_array_elements(requirements) as e where jsonb_typeof(e.value) <> 'object') then
    raise exception using errcode = 'OPS10', message = 'a policy must be an array of at most 100 requirements',
      hint = 'send for example [{"kind": "check", "subject": "build"}], at most 256 KiB';
  end if;
  perform ops_private.refuse_fields(requirements);
  -- Before any name is looked up: few requirements are left that can name people.
  if exists (
    select from jsonb_array_elements(requirements) as r
    group by r.value ->> 'kind', r.value ->> 'subject' having count(*) > 1
  ) then
    raise exception using errcode = 'OPS10', message = 'a requirement occurs twice',
      hint = 'send one requirement for each kind and subject; min_count says how many approvals or artifacts';
  end if;
  v_defaults := jsonb_populate_record(null::ops_private.policy_entry, '{"min_count": 1, "enforcement": "blocking",
    "not_initiator": true, "one_gate": true, "require_hash": false, "own_token": false, "aal2": false,
    "accept_sso": false}');
  for v_entry in
    select p.*
    from jsonb_array_elements(requirements) as r
    cross join lateral jsonb_populate_record(v_defaults, jsonb_strip_nulls(r.value)) as p
  loop
    v_entry.approvers := ops_private.approvers_named(v_entry.approvers, policy_entries.project);
    return next v_entry;
  end loop;
exception
when numeric_value_out_of_range then
  raise exception using errcode = 'OPS10', message = 'a number is too large',
    hint = 'min_count is 1 to 20; valid_for is in seconds';
when invalid_text_representation then
  raise exception using errcode = 'OPS10', message = 'a requirement has an unknown kind, enforcement or value',
    detail = left(sqlerrm, 200),
    hint = format(
      'the kinds are %s; enforcement is blocking or advisory; min_count and valid_for (seconds) are whole numbers',
      array_to_string(enum_range(null, 'alone'::ops.ops_requirement_kind), ', '));
end
$function$;

COMMENT ON FUNCTION "ops_private"."policy_entries"(jsonb, text) IS 'The requirements of a policy for a project (null for all), from an array of objects with the fields of ops_private.policy_entry, with defaults filled in, and the approvers by subject. Raises OPS10 when one cannot be read, OPS06 when an approver is no active person.';

REVOKE ALL ON FUNCTION "ops_private"."policy_entries"(jsonb, text) FROM PUBLIC;
