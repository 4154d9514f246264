-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.asked_by (
  person text,
  reach  ops_private.reach[]
)
  RETURNS ops_private.asked_inbox
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  b ops_private.asked_inbox;
begin
  b.person := person;
  b.reach := reach;
  b.projects := ops_private.projects_in(reach);
  b.roles := array(select distinct m.role from unnest(reach) as m);
  b.codes := array(
    select c from unnest(enum_range(null::ops.ops_gate_code)) as c
    where ops_private.gate_owner(c) = any (b.roles)
      or exists (
        select from ops.gate_requirements q
        where q.gate_code = c and q.kind = 'approval' and q.subject = any (b.roles)));
  b.moment := clock_timestamp();
  return b;
end
$function$;

COMMENT ON FUNCTION "ops_private"."asked_by"(text, ops_private.reach[]) IS 'What an inbox is asked with, worked out once.';

REVOKE ALL ON FUNCTION "ops_private"."asked_by"(text, ops_private.reach[]) FROM PUBLIC;
