-- Find out who calls and what they may do. Make the id and the stamps of every row.

create function ops_private.caller_role() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(nullif(current_setting('role'), 'none'), session_user);
end
$$;
comment on function ops_private.caller_role() is
  'The role of the caller: the one that `set role` chose, otherwise the user of the session. No function here changes it.';
revoke execute on function ops_private.caller_role() from public;

create function ops_private.trim_name(name text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return btrim(name, U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
end
$$;
comment on function ops_private.trim_name(text) is
  'The name without blanks at its ends: spaces, tabs, line ends, no-break spaces, ideographic spaces and byte order marks.';
revoke execute on function ops_private.trim_name(text) from public;

create function ops_private.is_owner() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- here current_user is the owner
as $$
begin
  return case current_setting('role')
    when 'none' then pg_has_role(session_user, current_user, 'usage')
    else current_setting('role') = current_user
  end;
end
$$;
comment on function ops_private.is_owner() is
  'Whether the caller acts as the owner of the schemas, in any of the ways in which one does on the platform: a session of the owner, a superuser, or `set role` to the owner, as the login role of the CLI does. A role that may become the owner, and did not, is not the owner.';
revoke execute on function ops_private.is_owner() from public;

create function ops_private.current_actor() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- as ops_private.is_owner, which it asks
as $$
declare
  v_role constant text := current_setting('role');
  v_claims constant text := nullif(current_setting('request.jwt.claims', true), '');
  v_sub text;
  v_actor text;
begin
  if v_claims is not null then
    -- The same as ops_private.trim_name, without a call: each row that is written asks this.
    v_sub := btrim(v_claims::jsonb ->> 'sub', U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
    -- Only a secret key is the subject service_role: a token with that `sub` has no subject.
    if v_sub <> '' and (v_sub <> 'service_role' or v_role = 'service_role') then
      select m.recorded_as into v_actor
      from ops.members m where lower(m.subject collate "C") = lower(v_sub collate "C");
      if not found and not exists (
        select from ops.replaced_subjects o where lower(o.old_subject collate "C") = lower(v_sub collate "C")
      ) then
        return v_sub;
      end if;
      return v_actor;
    end if;
  end if;
  return case
    when v_role = 'service_role' then v_role
    when ops_private.is_owner() then current_user::text
    when v_role = 'none' then session_user::text
  end;
end
$$;
comment on function ops_private.current_actor() is
  'By which name records know the caller: of a member what members.recorded_as says, whose subject is the `sub` of the verified token in any case; otherwise that `sub`; service_role for a secret key, which has no `sub`; the name of the owner for the owner; session_user when no role is set. Null when the caller is unknown, and for a `sub` that was replaced (ops.replace_subject).';

create function ops_private.by_definer() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- A definer function changes current_user. But a caller with two roles can create one in the first role and call it
  -- in the second. So also ask for USAGE on ops_private: only the owner of the schemas has it.
  return current_user <> coalesce(nullif(current_setting('role'), 'none'), session_user)
    and has_schema_privilege('ops_private', 'usage');
end
$$;
comment on function ops_private.by_definer() is
  'Whether a definer function of the schema owner runs the current statement, rather than the caller. Triggers use it in WHEN. Functions that this owner created in other schemas count too; the drift check lists those that write here.';

create function ops_private.refuse_replaced() returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_sub constant text := ops_private.trim_name(
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub');
begin
  if exists (
    select from ops.replaced_subjects o where lower(o.old_subject collate "C") = lower(v_sub collate "C")
  ) then
    raise exception using errcode = '42501', message = 'the subject of your token was replaced, and gives nothing any more',
      hint = 'sign in as your present user (ops-gates login); if nobody created one for you, ask whoever holds the secret key';
  end if;
end
$$;
comment on function ops_private.refuse_replaced() is
  'Raises 42501 when the `sub` of the caller''s token was replaced (ops.replace_subject). What refuses a caller for want of a name or a membership asks this first: a grant, or another token with this `sub`, would not help.';
revoke execute on function ops_private.refuse_replaced() from public;

create function ops_private.refuse_stranger() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_held constant text[] := ops_private.roles_held();
begin
  perform ops_private.refuse_replaced();
  raise exception using errcode = '42501',
    message = format('you are no active member with role %s', ops_private.caller_role()),
    detail = case when v_held = '{}' then 'a role in a token gives nothing without a membership'
      else format('you hold: %s', array_to_string(v_held, ', ')) end,
    hint = case when v_held = '{}'
      then 'ask for a membership (ops.grant_membership), then sign in again for a token with its role'
      else format('act in a role that you hold: ops.act_as (ops-gates act-as %s), or sign in again', v_held[1]) end;
end
$$;
comment on function ops_private.refuse_stranger() is
  'Raises 42501: the caller acts in one of the six roles and has no active membership with it. It names the roles that they hold.';
revoke execute on function ops_private.refuse_stranger() from public;

create function ops_private.hint_to_act_as(roles text[], otherwise text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_own constant text := (
    select h.role from unnest(ops_private.roles_held()) with ordinality as h (role, place)
    where h.role = any (roles) and h.role <> ops_private.caller_role() order by h.place limit 1
  );
begin
  return case when v_own is null then otherwise
    else format('you hold %1$s: act in it (ops.act_as, or ops-gates act-as %1$s)', v_own) end;
end
$$;
comment on function ops_private.hint_to_act_as(text[], text) is
  'The hint of a refusal by role: the first role of the caller, beside the one that they act in, that is among those that may. Otherwise the text given. It tells callers nothing but what they hold.';
revoke execute on function ops_private.hint_to_act_as(text[], text) from public;

create function ops_private.require_role(variadic allowed text[]) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := current_setting('role');
begin
  if (v_role = any (allowed)) is not true then
    raise exception using errcode = '42501', message = format('role %s may not do this', ops_private.caller_role()),
      detail = format('only these roles may: %s', array_to_string(allowed, ', ')),
      hint = ops_private.hint_to_act_as(allowed,
        'use a token with one of these roles, or a secret key for service_role; in SQL, run `set role` first');
  elsif v_role <> 'service_role' and not ops_private.is_member() then
    perform ops_private.refuse_stranger();
  end if;
  return true;
end
$$;
comment on function ops_private.require_role(text[]) is
  'Returns true when the role of the caller is one of those named, and, for the six roles, when the caller is an active member with it. Raises 42501 otherwise. Each definer function that a role may execute calls this first.';
revoke execute on function ops_private.require_role(text[]) from public;

create function ops_private.require_operator() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.is_owner() or ops_private.require_role('service_role');
end
$$;
comment on function ops_private.require_operator() is
  'Returns true when the caller is service_role or the owner of the schemas. Raises 42501 otherwise. Functions that set up people, projects and policy call this first.';
revoke execute on function ops_private.require_operator() from public;

create function ops_private.require_own_role(variadic allowed text[]) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (current_setting('role') = any (allowed)) is not true then
    return ops_private.require_role(variadic allowed);
  elsif ops_private.roles_held() = '{}' then
    perform ops_private.refuse_stranger();
  end if;
  return true;
end
$$;
comment on function ops_private.require_own_role(text[]) is
  'Returns true when the role of the caller is one of those named, and the caller is an active member with any role: for the few functions that help out who lost the role that they act in. Raises 42501 otherwise.';
revoke execute on function ops_private.require_own_role(text[]) from public;

create function ops_private.require_any_role() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Each question about a release asks this. The secret key is answered without another call.
  if current_setting('role') = 'service_role' then
    return true;
  end if;
  return ops_private.require_role(
    'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
  );
end
$$;
comment on function ops_private.require_any_role() is
  'Returns true when the caller is service_role, or an active member in one of the six roles. Raises 42501 otherwise.';
revoke execute on function ops_private.require_any_role() from public;

create function ops_private.require_reader(variadic tables text[]) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text;
begin
  foreach v_table in array tables loop
    if has_table_privilege(ops_private.caller_role(), v_table, 'select') is not true then
      raise exception using errcode = '42501',
        message = format('role %s may not read %s', ops_private.caller_role(), v_table),
        hint = ops_private.hint_to_act_as(
          array['audit_reader', 'release_manager'], 'ask a release_manager or an audit_reader');
    end if;
  end loop;
  if ops_private.is_member_role(current_setting('role')) and not ops_private.is_member() then
    perform ops_private.refuse_stranger();
  end if;
  return true;
end
$$;
comment on function ops_private.require_reader(text[]) is
  'Returns true when the caller may read the tables, otherwise raises 42501. Definer functions that a view uses call this first: whoever may read the tables of the view may then read the view, including the owner and the platform''s read-only role.';
revoke execute on function ops_private.require_reader(text[]) from public;

create function ops_private.is_member_role(role text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return role in ('ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
end
$$;
comment on function ops_private.is_member_role(text) is 'Whether a role is one of the six that a membership gives.';

create function ops_private.acts_for_all() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (current_setting('role') = 'service_role') is true or ops_private.is_owner();
end
$$;
comment on function ops_private.acts_for_all() is
  'Whether the caller acts for every person and project: with a secret key, or as the owner.';
revoke execute on function ops_private.acts_for_all() from public;

-- Postgres plans a query before any policy has looked at a row, with the statistics of all rows. So a plan tells how
-- many rows of other projects a filter finds, and PostgREST tells it for `Prefer: count=planned` and `count=estimated`.
-- A pre-request function cannot refuse that by the headers: of two Prefer headers PostgREST obeys one, and shows the
-- function the other.
create function ops_private.require_no_estimate() returns boolean
-- Immutable on purpose: so Postgres calls it while it plans, also when it only plans, and leaves it out of the plan.
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('request.method', true) <> '' and current_query() ~* '^\s*explain\M' then
    raise exception using errcode = 'OPS14', message = 'how many rows a query is expected to find is not told',
      detail = 'the estimate is made of the rows of all projects',
      hint = 'ask for count=exact, which counts the rows that you may read';
  end if;
  return true;
end
$$;
comment on function ops_private.require_no_estimate() is
  'Returns true, and raises OPS14 when the API asks for the plan of a query, which a count that is planned or estimated is made of. The policy of each table for the six roles has it. It is asked once for each table of a query, while that is planned, and never for a row.';

create function ops_private.role_order() returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array['audit_reader', 'developer', 'qa_tester', 'sre', 'release_manager', 'ci_service_role'];
end
$$;
comment on function ops_private.role_order() is
  'The six roles, the one that may do least first: in this order a sign-in chooses among those that a member holds.';
revoke execute on function ops_private.role_order() from public;

create function ops_private.may_send_source(
  source ops.ops_source_system, role text default current_setting('role')
) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (role = 'service_role' or case
    when source in ('github_actions', 'gitlab_ci', 'jenkins', 'azure_pipelines', 'ci') then role = 'ci_service_role'
    when source = 'monitoring' then role in ('ci_service_role', 'sre')
    when source = 'manual' then role in ('release_manager', 'qa_tester', 'sre', 'developer')
  end) is true;
end
$$;
comment on function ops_private.may_send_source(ops.ops_source_system, text) is
  'Whether a role (that of the caller if none is given) may name a source system. This is the one list: events and the policies of tables ask it. It says nothing about the type of an event or its gate: ops_private.may_send does.';

create function ops_private.is_member_name(name text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return octet_length(name) <= 255 and name ~ '^[!-~]+$' and lower(name collate "C") <> 'service_role';
end
$$;
comment on function ops_private.is_member_name(text) is
  'Whether a text can be the subject or handle of a member: 1 to 255 printable ASCII characters without blanks, and not service_role. Null for null.';

create function ops_private.is_person_role(role text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (role in ('release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader')) is true;
end
$$;
comment on function ops_private.is_person_role(text) is
  'Whether people act in this role. People always act as themselves. Machines have the other roles, and name the person for whom they act.';
revoke execute on function ops_private.is_person_role(text) from public;

create function ops_private.is_storable(document jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- As text, 1e130000 has 130 KB and 0e-16383 has 16 KB: with a few thousand of them the row is too large to read.
  -- `#> '{}'` decompresses the document first: the size of a compressed value is too small.
  if pg_column_size(document #> '{}') > 262144 then
    return false;
  elsif not jsonb_path_exists(document, 'strict $.** ? (@.type() == "number")') then
    return true;
  end if;
  return not exists (
    select from jsonb_path_query(document, 'strict $.** ? (@.type() == "number")') as n(value)
    where abs(n.value::numeric) > 9007199254740991 or scale(n.value::numeric) > 320
  );
end
$$;
comment on function ops_private.is_storable(jsonb) is
  'Whether a document may be stored: it has at most 256 KiB, and no number outside the range that a double holds exactly. Table constraints use it.';

create function ops_private.new_id() returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  -- The time in units of 1/4096 ms: the upper 48 bits are milliseconds, the lower 12 bits the fraction.
  v_time constant bigint := date_part('epoch', clock_timestamp()) * 4096000;
begin
  -- Insert the version (28672 is 0x7000) between the two parts. Append the variant and random bits.
  return (
    lpad(to_hex(v_time + (v_time >> 12) * 61440 + 28672), 16, '0') || substr(gen_random_uuid()::text, 20)
  )::uuid;
end
$$;
comment on function ops_private.new_id() is
  'A new uuid of version 7 (RFC 9562), ordered by the microsecond, so that rows written together are neighbours in every index. Postgres 18 has uuidv7().';

create function ops_private.tg_stamp_provenance() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- it calls what a writer may not call
as $$
declare
  v_role constant text := current_setting('role');
  v_read boolean := false;
begin
  -- Whoever writes a fact of a release holds the lock of the release, and gives the fact its moment: to the row of the
  -- release, or in the fact as well, with the project, which saves reading that row.
  if tg_argv[0] = 'given' then
    v_read := new.release_id is not null and (
      new.project is null or (new.created_at between transaction_timestamp() and clock_timestamp()) is not true);
  elsif tg_argv[0] = 'release' then
    v_read := true;
  else
    new.created_at := clock_timestamp();
  end if;
  if v_read then
    select r.recorded_until, r.project into new.created_at, new.project
    from ops.releases r where r.release_id = new.release_id;
    new.created_at := coalesce(new.created_at, clock_timestamp());
  end if;
  new.created_by := ops_private.current_actor();
  new.created_role := case
    when v_role <> 'none' then v_role when ops_private.is_owner() then current_user else session_user end;
  if new.created_by is null then
    perform ops_private.refuse_replaced();
    raise exception using errcode = '42501', message = format('a %s must have a subject to write', new.created_role),
      hint = 'use a token with a `sub` claim that is not blank';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_stamp_provenance() is
  'Before insert: sets created_at, created_by and created_role, and the project of a fact of a release, and ignores values that the caller sent. Facts that are recorded together have one moment, and later facts have a later one. With the argument release, created_at is recorded_until of the release that the row names. With the argument given, it is the moment that the row brings if that lies within the transaction, and otherwise recorded_until too; functions of this schema and ops_private.tg_prepare_direct_write bring it. Otherwise it is the wall clock. Raises 42501 when the caller has no subject.';
revoke execute on function ops_private.tg_stamp_provenance() from public;
