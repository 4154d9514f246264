-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_taken (
  name      text,
  member_id uuid,
  mended_by text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_name constant text := lower(refuse_taken.name collate "C");
begin
  -- A subject that was replaced is revoked, for its own member too.
  if exists (select from ops.replaced_subjects o where lower(o.old_subject collate "C") = v_name) then
    raise exception using errcode = 'OPS15', message = 'that subject was replaced, and nobody gets it again',
      hint = 'use the present subject of the member (ops.members), or that of another user';
  elsif exists (
    select from ops.members m
    where v_name in (lower(m.subject collate "C"), lower(m.handle collate "C"))
      and m.member_id is distinct from refuse_taken.member_id
  ) then
    raise exception using errcode = 'OPS15', message = 'that name belongs to another member',
      detail = 'a revoked member keeps theirs, because old records name it',
      hint = mended_by;
  elsif exists (
    select from ops.memberships s
    where lower(s.handle collate "C") = v_name and s.member_id is distinct from refuse_taken.member_id
  ) then
    raise exception using errcode = 'OPS15', message = 'that name was the handle of another member',
      detail = 'one that was used once stays with its person, because old records name it',
      hint = mended_by;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_taken"(text, uuid, text) IS 'Raises OPS15 when a name is or was the subject or handle of a member other than this one, or a subject that was replaced. mended_by: what to do where it is another member''s.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_taken"(text, uuid, text) FROM PUBLIC;
