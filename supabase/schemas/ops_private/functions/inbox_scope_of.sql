-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.inbox_scope_of (
  person text,
  reach  ops_private.reach[]
)
  RETURNS ops_private.inbox_scope
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  b ops_private.inbox_scope;
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
    select count(distinct p.project is null) = 1 and (b.projects is null or count(distinct p.roles) = 1)
    from (
      select m.project, array_agg(distinct m.role order by m.role) as roles from unnest(reach) as m group by m.project
    ) as p
  );
  b.names_people := exists (select from ops.gate_requirements q where q.approvers is not null);
  b.moment := clock_timestamp();
  return b;
end
$function$;

COMMENT ON FUNCTION "ops_private"."inbox_scope_of"(text, ops_private.reach[]) IS 'What an inbox is asked with, worked out once.';

REVOKE ALL ON FUNCTION "ops_private"."inbox_scope_of"(text, ops_private.reach[]) FROM PUBLIC;
