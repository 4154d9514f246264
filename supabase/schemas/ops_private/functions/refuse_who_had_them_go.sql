-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_who_had_them_go (
  author      text,
  author_role text,
  project     text,
  person      text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if exists (
    select from ops.memberships c
    join ops.members m on m.member_id = c.member_id
    where lower(m.recorded_as collate "C") = lower(author collate "C")
      and not c.granted and c.role = author_role
      and (c.project is null or c.project = refuse_who_had_them_go.project)
      and person in (c.on_behalf_of, (ops_private.member_named(c.on_behalf_of)).recorded_as)
  ) then
    perform ops_private.refuse_dismissal(
      format('the membership of %s was ended on your behalf', author),
      'another release manager, who approved nothing of the release, can dismiss it',
      'ask them, and say why it should be dismissed');
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_who_had_them_go"(text, text, text, text) IS 'Raises OPS11 when a membership of the author of a stop, in the role in which they made it, was ended on behalf of the person who would dismiss it.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_who_had_them_go"(text, text, text, text) FROM PUBLIC;
