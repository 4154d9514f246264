-- How sure it is who decided: what the token of a decision says, what policy may ask of it, and by whom policy may ask
-- that a decision is made.

-- A composite type, so that a client reads one object with named fields, and each field has its own type: a moment is a
-- moment, which a document would not ensure.
create type ops.assurance as (
  own_token boolean,
  aal text,
  second_factor_at timestamptz,
  sso_at timestamptz
);
comment on type ops.assurance is
  'How sure it is who decided, by the verified token of the request.';
comment on column ops.assurance.own_token is
  'Whether the person decided with their own token. False: an agent, another machine or the owner of the database named them. The other fields are null then.';
comment on column ops.assurance.aal is 'The assurance level of the token, aal1 or aal2. Null: it says none of the two.';
comment on column ops.assurance.second_factor_at is
  'When the person last gave a second factor (totp, mfa/phone, mfa/webauthn), by the `amr` of the token. Null: none is known.';
comment on column ops.assurance.sso_at is
  'When the person last signed in by single sign-on (sso/saml), by the `amr` of the token. Null: not known.';

create function ops_private.assurance_in(claims jsonb, moment timestamptz) returns ops.assurance
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_amr constant jsonb := claims -> 'amr';
  -- The clock of Supabase Auth may be a little ahead of this server's. What it says is stamped once, for ever.
  v_latest constant jsonb := to_jsonb(extract(epoch from moment + interval '60 seconds'));
  v_assurance ops.assurance := row(true, null, null, null)::ops.assurance;
begin
  if claims -> 'aal' in ('"aal1"', '"aal2"') then
    v_assurance.aal := claims ->> 'aal';
  end if;
  if jsonb_typeof(v_amr) = 'array' and jsonb_array_length(v_amr) <= 100 then
    -- Numbers are compared as they are: the text of a short one may be long.
    select
      max(least(moment, to_timestamp((e.value -> 'timestamp')::float8)))
        filter (where e.value -> 'method' in ('"totp"', '"mfa/phone"', '"mfa/webauthn"')),
      max(least(moment, to_timestamp((e.value -> 'timestamp')::float8)))
        filter (where e.value -> 'method' = '"sso/saml"')
    into v_assurance.second_factor_at, v_assurance.sso_at
    from jsonb_array_elements(v_amr) as e
    where jsonb_typeof(e.value) = 'object' and jsonb_typeof(e.value -> 'timestamp') = 'number'
      and e.value -> 'timestamp' >= '1' and e.value -> 'timestamp' <= v_latest;
  end if;
  return v_assurance;
end
$$;
comment on function ops_private.assurance_in(jsonb, timestamptz) is
  'What the claims of a person''s own token say at a moment. `amr` is a list of {method, timestamp in seconds}, as Supabase Auth writes it. An entry of another shape or more than 60 seconds after the moment says nothing; one within these 60 seconds is of the moment, since the clock of Supabase Auth may be ahead. A list of more than 100 says nothing.';
revoke execute on function ops_private.assurance_in(jsonb, timestamptz) from public;

create function ops_private.caller_assurance(moment timestamptz) returns ops.assurance
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_claims constant text := current_setting('request.jwt.claims', true);
begin
  if not ops_private.is_person_role(current_setting('role')) then
    return row(false, null, null, null)::ops.assurance;
  elsif (session_user = 'authenticator' or pg_has_role(session_user, current_user, 'usage')) is not true then
    -- PostgREST verifies tokens, and connects as authenticator. The owner may say who decides. Nobody else may.
    return row(false, null, null, null)::ops.assurance;
  elsif octet_length(v_claims) > 65536 then
    return row(true, null, null, null)::ops.assurance;
  end if;
  return ops_private.assurance_in(v_claims::jsonb, moment);
end
$$;
comment on function ops_private.caller_assurance(timestamptz) is
  'What the token of the caller says at a moment of a decision by the caller. own_token is false for a machine, for the owner of the database, and in a session that is neither PostgREST''s nor the owner''s. Of a token of more than 64 KiB only own_token is known. Call it in a definer of the schema owner.';
revoke execute on function ops_private.caller_assurance(timestamptz) from public;

create type ops_private.approval_conditions as (
  own_token boolean,
  aal2 boolean,
  accept_sso boolean,
  approvers text[]
);
comment on type ops_private.approval_conditions is
  'What a requirement asks of each approval. The fields are those of ops.gate_requirements.';

create function ops_private.what_is_unmet(
  asked ops_private.approval_conditions, approver_id text, assurance ops.assurance, moment timestamptz
) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when asked.own_token and assurance.own_token is not true then 'own_token'
    when asked.aal2 and (
      assurance.aal = 'aal2' and assurance.second_factor_at between moment - interval '12 hours' and moment
    ) is not true and (
      asked.accept_sso and assurance.sso_at between moment - interval '12 hours' and moment
    ) is not true then 'aal2'
    when approver_id <> all (asked.approvers) then 'approvers'
  end;
end
$$;
comment on function ops_private.what_is_unmet(
  ops_private.approval_conditions, text, ops.assurance, timestamptz
) is
  'The first thing asked that an approval of that moment does not meet, by the name of the field: own_token, aal2 or approvers. Null when it meets all, also when nothing is asked. The only place of this rule.';
revoke execute on function ops_private.what_is_unmet(
  ops_private.approval_conditions, text, ops.assurance, timestamptz
) from public;

create function ops_private.is_unsure(unmet text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(unmet in ('own_token', 'aal2'), false);
end
$$;
comment on function ops_private.is_unsure(text) is
  'Whether an approval is not as surely the person''s as policy asks, by what it does not meet (ops_private.what_is_unmet). It changes nothing: it replaces and lifts no decision of the person, and bars them from nothing. One by a person who is not named is their own decision. ops_private.standing_decisions repeats this rule.';
revoke execute on function ops_private.is_unsure(text) from public;

create function ops_private.names_in_words(names text[]) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array_to_string(names[1:5], ', ')
    || case when cardinality(names) > 5 then format(' and %s more', cardinality(names) - 5) else '' end;
end
$$;
comment on function ops_private.names_in_words(text[]) is 'The first five names of a list, and how many more there are.';
revoke execute on function ops_private.names_in_words(text[]) from public;

create function ops_private.conditions_in_words(asked ops_private.approval_conditions) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(' (' || nullif(concat_ws('; ',
    'of these: ' || ops_private.names_in_words(asked.approvers),
    case when asked.own_token then 'with their own token' end,
    case when asked.aal2 then format('with a second factor%s of the last 12 hours',
      case when asked.accept_sso then ' or single sign-on' else '' end) end), '') || ')', '');
end
$$;
comment on function ops_private.conditions_in_words(ops_private.approval_conditions) is
  'What is asked of each approval, in brackets, to be added to a sentence. Empty when nothing is.';
revoke execute on function ops_private.conditions_in_words(ops_private.approval_conditions) from public;

create function ops_private.are_approvers(names text[]) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(array_ndims(names) = 1 and cardinality(names) <= 50 and (
    select
      bool_and(octet_length(coalesce(n.name, '')) between 1 and 255)
        and count(distinct lower(n.name collate "C")) = count(*)
    from unnest(names) as n(name)
  ), false);
end
$$;
comment on function ops_private.are_approvers(text[]) is
  'Whether a list can be that of the approvers of a requirement: 1 to 50 subjects, none twice. A table constraint uses it.';

create function ops_private.approvers_named(names text[], project text) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text;
  v_subject text;
  v_subjects text[] := '{}'::text[];
begin
  if names is null then
    return null;
  elsif (array_ndims(names) = 1 and cardinality(names) <= 50) is not true then
    raise exception using errcode = 'OPS10', message = 'approvers is not a list of 1 to 50 members',
      hint = 'name each person once, by subject or handle, or leave approvers out';
  end if;
  foreach v_name in array names loop
    if ops_private.is_member_name(v_name) is not true then
      raise exception using errcode = 'OPS10', message = 'approvers holds what is no name of a member',
        hint = 'name each person by subject or handle: 1 to 255 printable ASCII characters without blanks';
    end if;
    v_subject := (ops_private.member_named(v_name)).recorded_as;
    if v_subject is null or not ops_private.holds(v_subject, null, approvers_named.project) then
      raise exception using errcode = 'OPS06', message = format('%s, named in approvers, is not an active person%s',
          v_name, case when approvers_named.project is not null then ' of the project' end),
        hint = 'register the person with ops.grant_membership, or name somebody else';
    elsif v_subject = any (v_subjects) then
      raise exception using errcode = 'OPS10', message = format('approvers names %s twice', v_subject),
        hint = 'name each person once, by subject or handle';
    end if;
    v_subjects := v_subjects || v_subject;
  end loop;
  return array(select s.subject from unnest(v_subjects) as s(subject) order by s.subject collate "C");
end
$$;
comment on function ops_private.approvers_named(text[], text) is
  'The names by which records know the people named as approvers, in order. Null for null. Raises OPS06 for somebody who is not an active person (of the project, if one is given), OPS10 for a list that is not one of 1 to 50 names, or that names somebody twice.';
revoke execute on function ops_private.approvers_named(text[], text) from public;

create function ops_private.require_able_approvers(approvers text[], persona text, project text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_idle constant text[] := array(
    select n.subject from unnest(approvers) as n (subject)
    where not ops_private.holds(n.subject, persona, require_able_approvers.project) order by n.subject collate "C");
begin
  if v_idle @> approvers then
    raise exception using errcode = 'OPS06', message = format('nobody named in approvers holds the role %s%s', persona,
        case when require_able_approvers.project is not null then ' for the project' end),
      hint = 'name somebody who holds it, or grant it first (ops.grant_membership)';
  elsif v_idle <> '{}' then
    raise warning 'named in approvers without the role %: %', persona, ops_private.names_in_words(v_idle)
      using hint = 'their approvals do not count until the role is granted to them';
  end if;
end
$$;
comment on function ops_private.require_able_approvers(text[], text, text) is
  'Raises OPS06 when none of the people named holds the role in which they are to approve, for the project (any when it is null): nobody could. Warns of those who do not, when others do.';
revoke execute on function ops_private.require_able_approvers(text[], text, text) from public;

create function ops_private.could_approve(
  approvers text[], approved text[], persona text, project text, except_subject text, as_of timestamptz
) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select count(*)
    from unnest(approvers) as n (subject)
    where n.subject = any (approved) or n.subject is distinct from except_subject
      and ops_private.held_at(n.subject, persona, could_approve.project, as_of)
  );
end
$$;
comment on function ops_private.could_approve(text[], text[], text, text, text, timestamptz) is
  'How many of the people named approved, or could: they held the persona for the project at that moment. approved: whose approval counts, also when they do not hold it any more. except_subject: one whose approval does not count. Only the remedy of a finding depends on it, never a verdict.';
revoke execute on function ops_private.could_approve(text[], text[], text, text, text, timestamptz) from public;
