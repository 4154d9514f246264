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
  b.codes_of_roles := array(
    select w.role || ':' || c
    from unnest(enum_range(null::ops.ops_gate_code)) as c cross join unnest(b.roles) as w (role)
    where ops_private.gate_owner(c) = w.role
      or exists (
        select from ops.gate_requirements q
        where q.gate_code = c and q.kind = 'approval' and q.subject = w.role));
  b.codes := array(select distinct split_part(e, ':', 2)::ops.ops_gate_code from unnest(b.codes_of_roles) as e);
  b.alike := (
    select count(distinct m.project is null) = 1
      and count(distinct ops_private.roles_in(reach, m.project)) filter (where m.project is not null) <= 1
    from unnest(reach) as m
  );
  b.moment := clock_timestamp();
  return b;
end
$function$;

COMMENT ON FUNCTION "ops_private"."asked_by"(text, ops_private.reach[]) IS 'What an inbox is asked with, worked out once.';

REVOKE ALL ON FUNCTION "ops_private"."asked_by"(text, ops_private.reach[]) FROM PUBLIC;
