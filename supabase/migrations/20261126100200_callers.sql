-- Who is calling, what they may do, and the ids and stamps that every row gets.

create function ops_private.caller_role() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(nullif(current_setting('role'), 'none'), session_user);
end
$$;
comment on function ops_private.caller_role() is
  'The role the caller acts in: what was set by `set role`, which no function here changes; the session''s user without it.';
revoke execute on function ops_private.caller_role() from public;

create function ops_private.trim_name(name text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return btrim(name, U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
end
$$;
comment on function ops_private.trim_name(text) is
  'A name without what looks blank at its ends: spaces, tabs, line ends, no-break and ideographic spaces.';

create function ops_private.current_actor() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := current_setting('role');
  v_claims constant text := nullif(current_setting('request.jwt.claims', true), '');
  v_sub text;
begin
  if v_claims is not null then
    -- As ops_private.trim_name does. Policies and defaults run this as the writer, who cannot call that by name.
    v_sub := btrim(v_claims::jsonb ->> 'sub', U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
    -- A token cannot pass for the secret key.
    if v_sub <> '' and (v_sub <> 'service_role' or v_role = 'service_role') then
      return v_sub;
    end if;
  end if;
  return case v_role when 'service_role' then v_role when 'none' then session_user::text end;
end
$$;
comment on function ops_private.current_actor() is
  'The caller as a subject: the verified token''s `sub`; service_role for a secret key, which has none; session_user without `set role`. Null when unknown.';

create function ops_private.by_definer() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Somebody who may act in two roles can make a definer function in one and call it in the other. So it must belong to
  -- the owner: nobody else may use ops_private.
  return current_user <> coalesce(nullif(current_setting('role'), 'none'), session_user)
    and has_schema_privilege('ops_private', 'usage');
end
$$;
comment on function ops_private.by_definer() is
  'Whether the running statement belongs to a definer function of the schemas'' owner rather than to the caller. For the WHEN of a trigger, which runs as the writer. Functions of other schemas that the same owner made count too: the drift check names those that write here.';

create function ops_private.require_role(variadic allowed text[]) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (current_setting('role') = any (allowed)) is not true then
    raise exception using errcode = '42501', message = format('role %s may not do this', ops_private.caller_role()),
      detail = format('allowed: %s', array_to_string(allowed, ', ')),
      hint = 'use a token of one of these roles, or a secret key for service_role; in SQL, `set role` first';
  end if;
  return true;
end
$$;
comment on function ops_private.require_role(text[]) is
  'True, or raises 42501: whether the caller''s role is one of those named. Every definer function that a role can execute asks this first.';
revoke execute on function ops_private.require_role(text[]) from public;

create function ops_private.require_any_role() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Asked with every question about a release, so the other function is only called to refuse.
  if (current_setting('role') in (
      'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
    )) is not true then
    return ops_private.require_role(
      'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
    );
  end if;
  return true;
end
$$;
comment on function ops_private.require_any_role() is
  'True, or raises 42501: whether the caller is service_role or one of the six roles.';
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
        hint = 'ask a release_manager or an audit_reader';
    end if;
  end loop;
  return true;
end
$$;
comment on function ops_private.require_reader(text[]) is
  'True, or raises 42501: whether the caller may read the tables. Definer functions that a view needs ask this first, so that whoever may read the view''s tables may read the view: the owner and the platform''s read-only role too.';
revoke execute on function ops_private.require_reader(text[]) from public;

create function ops_private.is_person_role(role text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (role in ('release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader')) is true;
end
$$;
comment on function ops_private.is_person_role(text) is
  'Whether a role is one that people act in, always as themselves; the others are machines and name the person they speak for.';
revoke execute on function ops_private.is_person_role(text) from public;

create function ops_private.is_storable(document jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Written out, 1e130000 is 130 KB and 0e-16383 is 16 KB: a few thousand of them make a row that nobody can read any
  -- more. The document is extracted, since a stored value may be compressed and then looks smaller than it is.
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
  'Whether a document may be kept: at most 256 KiB, and no number outside what a double holds exactly. For the checks of tables.';

create function ops_private.new_id() returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  -- In 4096ths of a millisecond: the upper 48 bits are the milliseconds, the lower 12 the part below.
  v_time constant bigint := date_part('epoch', clock_timestamp()) * 4096000;
begin
  -- The version goes between them: 28672 is 0x7000. What follows is random, with the variant.
  return (
    lpad(to_hex(v_time + (v_time >> 12) * 61440 + 28672), 16, '0') || substr(gen_random_uuid()::text, 20)
  )::uuid;
end
$$;
comment on function ops_private.new_id() is
  'A new uuid of version 7 (RFC 9562), ordered by the microsecond: rows that are written together lie together in every index. Postgres 18 has uuidv7().';

create function ops_private.tg_stamp_provenance() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- a writer may not call what it calls
as $$
declare
  v_role constant text := current_setting('role');
begin
  new.created_at := clock_timestamp();
  new.created_by := ops_private.current_actor();
  new.created_role := case v_role when 'none' then session_user else v_role end;
  if new.created_by is null then
    raise exception using errcode = '42501', message = format('a %s without a subject may not write', new.created_role),
      hint = 'use a token that has a non-blank `sub` claim';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_stamp_provenance() is
  'Before insert: stamps created_at (wall clock, after the release''s lock), created_by and created_role, whatever was sent. 42501 without a subject.';
revoke execute on function ops_private.tg_stamp_provenance() from public;
