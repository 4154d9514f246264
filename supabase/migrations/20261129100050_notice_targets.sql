-- ops.set_notice_target: where the notices of a project go.

create function ops_private.notice_kinds_named(kinds text[]) returns ops.ops_notice_kind[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_all constant ops.ops_notice_kind[] := enum_range(null::ops.ops_notice_kind);
begin
  if kinds is null then
    return v_all;
  elsif array_ndims(kinds) > 1 or array_position(kinds, null) is not null or not kinds <@ v_all::text[] then
    raise exception using errcode = '22023', message = 'there is no such kind of notice',
      detail = 'the kinds are ' || array_to_string(v_all, ', '), hint = 'name some of them, or none for all';
  end if;
  return array(select k from unnest(v_all) as k where k::text = any (kinds));
end
$$;
comment on function ops_private.notice_kinds_named(text[]) is
  'The kinds of notices with these names, each once; all of them for null. Raises 22023 when there is no such kind.';
revoke execute on function ops_private.notice_kinds_named(text[]) from public;

create function ops_private.refuse_target(target text, format text, secret_name text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if ops_private.is_name(refuse_target.target) is not true then
    raise exception using errcode = '23514', constraint = 'is_a_name_in_visible_characters', schema = 'ops',
      table = 'notice_targets', column = 'target_name', message = 'this cannot be the name of a target',
      hint = 'use 1 to 255 bytes of visible characters, for example releases';
  elsif (refuse_target.format = any (enum_range(null::ops.ops_notice_format)::text[])) is not true then
    raise exception using errcode = '22023', message = 'there is no such format of notices',
      detail = 'the formats are webhook, slack, teams and cdevents', hint = 'name one of them in lower case';
  elsif (refuse_target.secret_name ~ '^OPS_NOTICE_[A-Z0-9_]{1,50}$'
    and refuse_target.secret_name not in ('OPS_NOTICE_BOARD_URL', 'OPS_NOTICE_PRIVATE_ADDRESSES')) is not true then
    -- The text is not repeated: it may be the secret itself.
    raise exception using errcode = '23514', constraint = 'secret_is_named_for_notices', schema = 'ops',
      table = 'notice_targets', column = 'secret_name', message = 'this cannot be the name of the secret of a target',
      detail = 'it begins with OPS_NOTICE_, then 1 to 50 of A-Z, 0-9 and _; two names are settings of ops-notify',
      hint = 'set a secret of such a name for the function ops-notify, and send its name, never the secret';
  end if;
end
$$;
comment on function ops_private.refuse_target(text, text, text) is
  'Raises 23514 for what cannot be the name of a target or of its secret, and 22023 for an unknown format.';
revoke execute on function ops_private.refuse_target(text, text, text) from public;

create function ops.set_notice_target(
  project text, target text, format text, secret_name text, kinds text[] default null, on_behalf_of text default null,
  reason text default null
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write this table
as $$
declare
  v_project text;
  v_kinds ops.ops_notice_kind[];
  v_wanted_by text;
  v_target ops.notice_targets;
begin
  perform ops_private.require_operator();
  v_project := ops_private.project_named(set_notice_target.project);
  perform ops_private.refuse_target(target, format, secret_name);
  v_kinds := ops_private.notice_kinds_named(kinds);
  v_wanted_by := ops_private.wanted_by(on_behalf_of, reason, v_project);
  perform pg_advisory_xact_lock(hashtextextended('notice target ' || v_project || ' ' || target, 0));
  select t.* into v_target from ops.notice_targets t
  where t.project = v_project and t.target_name = set_notice_target.target and t.replaced_at is null;
  if (v_target.format::text, v_target.secret_name, v_target.kinds)
    is not distinct from (set_notice_target.format, set_notice_target.secret_name, v_kinds) then
    return v_target.target_id;
  end if;
  update ops.notice_targets t set replaced_at = clock_timestamp() where t.target_id = v_target.target_id;
  insert into ops.notice_targets as t (project, target_name, format, secret_name, kinds, on_behalf_of, reason)
  values (v_project, target, set_notice_target.format::ops.ops_notice_format, set_notice_target.secret_name, v_kinds,
    v_wanted_by, set_notice_target.reason)
  returning t.* into v_target;
  return v_target.target_id;
end
$$;
comment on function ops.set_notice_target(text, text, text, text, text[], text, text) is
  'Says where notices of a project go, and returns the target_id. target: its name within the project; one of that name is replaced. format: webhook, slack, teams or cdevents. secret_name: the name of the secret of the function ops-notify that holds address and key. kinds: null for all; an empty list turns it off. on_behalf_of names the member who wants it, reason says why; both are required. The same again changes nothing. Only service_role and the owner of the schemas may call it. OPS04: unknown project; 22023: unknown format or kind; 23514: a name or reason is missing or not usable; OPS06: on_behalf_of is no active member.';
revoke execute on function ops.set_notice_target(text, text, text, text, text[], text, text) from public;
grant execute on function ops.set_notice_target(text, text, text, text, text[], text, text) to service_role;
