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
begin
  -- Check the size before anything is read as text.
  if (jsonb_typeof(requirements) = 'array') is not true or jsonb_array_length(requirements) > 100
    or not ops_private.is_storable(requirements)
    or exists (select from jsonb_array_elements(requirements) as e where jsonb_typeof(e.value) <> 'object') then
    raise exception using errcode = 'OPS10', message = 'a policy must be an array of at most 100 requirements',
      hint = 'send for example [{"kind": "check", "subject": "build"}], at most 256 KiB';
  end if;
  perform ops_private.refuse_fields(requirements);
  return query
  select
    r.kind, r.subject, coalesce(r.min_count, 1), coalesce(r.enforcement, 'blocking'),
    coalesce(r.separation_of_duties, true), r.valid_for, coalesce(r.require_hash, false),
    coalesce(r.own_token, false), coalesce(r.aal2, false), coalesce(r.accept_sso, false),
    ops_private.approvers_named(r.approvers, policy_entries.project)
  from jsonb_to_recordset(requirements) as r(
    kind ops.ops_requirement_kind, subject text, min_count integer,
    enforcement ops.ops_enforcement, separation_of_duties boolean, valid_for integer, require_hash boolean,
    own_token boolean, aal2 boolean, accept_sso boolean, approvers text[]
  );
exception
when numeric_value_out_of_range then
  raise exception using errcode = 'OPS10', message = 'a number is too large',
    hint = 'min_count is 1 to 20; valid_for is in seconds';
when invalid_text_representation then
  raise exception using errcode = 'OPS10', message = 'a requirement has an unknown kind, enforcement or value',
    detail = left(sqlerrm, 200),
    hint = format(
      'the kinds are %s; enforcement is blocking or advisory; min_count and valid_for (seconds) are whole numbers',
      array_to_string(enum_range(null, 'exception_approvals'::ops.ops_requirement_kind), ', '));
end
$function$;

COMMENT ON FUNCTION "ops_private"."policy_entries"(jsonb, text) IS 'The requirements of a policy for a project (null for all), from an array of {kind, subject, min_count, enforcement, separation_of_duties, valid_for, require_hash, own_token, aal2, accept_sso, approvers}, with defaults filled in, and the approvers by subject. Raises OPS10 when one cannot be read, OPS06 when an approver is no active person.';

REVOKE ALL ON FUNCTION "ops_private"."policy_entries"(jsonb, text) FROM PUBLIC;
