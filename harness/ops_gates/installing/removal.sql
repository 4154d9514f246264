-- Removes release gates: schemas ops and ops_private, and the six roles with their memberships. Written by
-- `ops-gates uninstall`. It stops, and changes nothing, while there is something on record (unless the next line says
-- true) or while something else in the database depends on it. What to do stands in the detail of the error, because
-- `supabase db push` shows no hint.
do $removal$
declare
  v_with_facts constant boolean := false;
  v_schemas constant text[] := array['ops', 'ops_private'];
  v_roles constant text[] := array[
    'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
  ];
  v_table record;
  v_count bigint;
  v_found text[] := '{}';
  v_others text;
  v_databases text;
  v_role text;
begin
  -- Nobody records anything while this counts. What somebody put beside our tables counts as well: it would be lost too.
  for v_table in
    select c.oid::regclass as name, c.relname from pg_catalog.pg_class c
    where c.relnamespace::regnamespace::text = any (v_schemas) and c.relkind in ('r', 'p')
      -- The rows of the one come with the schema; those of the other are of members.
      and not (c.relnamespace = to_regnamespace('ops_private') and c.relname in ('event_types', 'acting_roles'))
    order by c.relname
  loop
    execute format('lock table %s in access exclusive mode', v_table.name);
    -- The default policy comes with the schema, and it alone starts in 2000. What somebody changed in it is on record:
    -- a row that was closed, or one that starts later.
    execute format('select count(*) from %s%s', v_table.name, case v_table.relname
      when 'gate_requirements' then $where$
        where project is not null or valid_to is not null or valid_from > '2000-01-01 00:00:00+00'$where$
      else '' end) into v_count;
    if v_count > 0 then
      v_found := v_found || format('%s in %s', v_count, v_table.relname);
    end if;
  end loop;
  if v_found <> '{}' and not v_with_facts then
    raise exception using errcode = '2BP01', message = 'release gates stay, since rows are on record: to lose them, delete this migration, and write it anew with ops-gates uninstall --with-facts',
      detail = array_to_string(v_found, ', ') || '; back them up first (docs/backup.md)';
  end if;

  with ours (classid, objid) as (
    select a.classid, a.objid from (
      select d.classid, d.objid from pg_catalog.pg_depend d
      union
      select d.refclassid, d.refobjid from pg_catalog.pg_depend d
      union
      select s.classid, s.objid from pg_catalog.pg_shdepend s
      where s.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
    ) as a
    cross join lateral pg_catalog.pg_identify_object(a.classid, a.objid, 0) as i
    cross join lateral pg_catalog.pg_identify_object_as_address(a.classid, a.objid, 0) as n
    where coalesce(i.schema, n.object_names[1]) = any (v_schemas)
  ), depending as (
    select pg_catalog.pg_describe_object(d.classid, d.objid, 0) as what from pg_catalog.pg_depend d
    where d.deptype in ('n', 'a') and (d.refclassid, d.refobjid) in (select * from ours)
      and (d.classid, d.objid) not in (select * from ours)
    union
    select case when b.datname = current_database() or s.dbid = 0
      then pg_catalog.pg_describe_object(s.classid, s.objid, 0) else format('database %I', b.datname) end
    from pg_catalog.pg_shdepend s left join pg_catalog.pg_database b on b.oid = s.dbid
    where s.refclassid = 'pg_authid'::regclass and s.refobjid in (select r.oid from pg_roles r where rolname = any (v_roles))
      and s.classid <> 'pg_auth_members'::regclass
      and not (b.datname is not distinct from current_database() and (s.classid, s.objid) in (select * from ours))
  )
  select string_agg(what, ', ' order by what) into v_others from depending;
  if v_others is not null then
    -- Grants and policies of another database can only be changed from there.
    select string_agg(distinct quote_ident(b.datname), ', ') into v_databases
    from pg_catalog.pg_shdepend s inner join pg_catalog.pg_database b on b.oid = s.dbid
    where s.refclassid = 'pg_authid'::regclass and b.datname <> current_database()
      and s.refobjid in (select r.oid from pg_roles r where rolname = any (v_roles));
    raise exception using errcode = '2BP01', message = 'release gates stay, since something else depends on them: drop or change that first',
      detail = left(v_others, 2000) || coalesce('; connect to each of these databases: ' || left(v_databases, 2000)
        || format('; if release gates are installed there, they end with what you type there: grant %1$s to '
        'current_user; drop owned by %1$s;', array_to_string(v_roles, ', ')), '');
  end if;

  perform set_config('client_min_messages', 'warning', true);
  drop schema ops, ops_private cascade;
  foreach v_role in array v_roles loop
    execute format('drop role if exists %I', v_role);
  end loop;
end
$removal$;
