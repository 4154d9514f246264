-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_unseen (
  what    text,
  project text,
  hint    text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := (
    select m.role from ops_private.my_reach() as m
    where refuse_unseen.project is not null
      and coalesce(m.project, refuse_unseen.project) = refuse_unseen.project
    order by array_position(ops_private.role_order(), m.role) limit 1
  );
begin
  if v_role is null then
    raise exception using errcode = 'OPS04', message = format('there is no such %s', what), hint = refuse_unseen.hint;
  end if;
  raise exception using errcode = 'OPS04',
    message = format('there is no such %s for the role %s, in which you act', what, ops_private.caller_role()),
    detail = format('you see it as %s', v_role),
    hint = format('choose that role for this session: ops.act_as (ops-gates act-as %s)', v_role);
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_unseen"(text, text, text) IS 'Raises OPS04: the caller sees no such thing. Only when another role that the same person holds would see it, the detail and the hint name that role. project: of the thing; null when it does not exist.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_unseen"(text, text, text) FROM PUBLIC;
