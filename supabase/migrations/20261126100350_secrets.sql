-- Secrets stay out of the record. Nobody can delete one from it.

create function ops_private.shows_secret(value text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Each pattern takes time in proportion to the text. The edge function has the same ones (secrets.ts).
  -- ops_private.check_event has the marks by which it finds the few events that are looked at.
  return value ~ ('(^|[^A-Za-z0-9])('
      '(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}([^A-Z0-9]|$)'
      '|gh[oprsu]_[A-Za-z0-9]{36}'
      '|github_pat_[A-Za-z0-9_]{22}'
      '|gl(agent|cbt|dt|ft|pat|ptt|rt|soat)-[A-Za-z0-9_-]{20}'
      '|xox[abeoprs]-[A-Za-z0-9-]{10}'
      '|xapp-[0-9]-[A-Za-z0-9-]{10}'
      '|[rs]k_(live|test)_[A-Za-z0-9]{16}'
      '|whsec_[A-Za-z0-9+/]{24}'
      '|AIza[A-Za-z0-9_-]{35}'
      '|GOCSPX-[A-Za-z0-9_-]{28}'
      '|ya29\.[A-Za-z0-9_-]{20}'
      '|npm_[A-Za-z0-9]{36}'
      '|pypi-[A-Za-z0-9_-]{50}'
      '|dckr_[op]at_[A-Za-z0-9_-]{20}'
      '|sk-(ant|proj|svcacct)-[A-Za-z0-9_-]{20}'
      '|sk-[A-Za-z0-9]{48}'
      '|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}'
      '|sb_secret_[A-Za-z0-9_-]{20}'
      '|sbp_[a-f0-9]{40}'
      '|hv[bs]\.[A-Za-z0-9_-]{24}'
      '|do[opr]_v1_[a-f0-9]{64}'
      '|hf_[A-Za-z0-9]{34}'
      '|dapi[a-f0-9]{32}'
      '|shp(at|ca|pa|ss)_[a-fA-F0-9]{32}'
      '|ATATT3[A-Za-z0-9_=-]{50}'
      '|hooks\.slack\.com/services/[A-Za-z0-9/]{20}'
      '|discord(app)?\.com/api/webhooks/[0-9]{16,20}/[A-Za-z0-9_-]{40}'
      '|webhook\.office\.com/webhookb2/[A-Za-z0-9-]{20}'
      '|api\.telegram\.org/bot[0-9]{6,12}:[A-Za-z0-9_-]{30}'
      ')|[A-Za-z0-9_-]\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}'
      '|-----BEGIN ([A-Z0-9]+ ){0,3}PRIVATE KEY( BLOCK)?-----')
    or value ~ '://[^/?#\s@]*@'
    or value ~ '://' and value ~* ('[?&;#](access_token|job_token|private_token|sig|signature|x-amz-security-token'
      '|x-amz-signature|x-goog-signature|x-obs-signature|x-oss-signature)=[^&#\s]');
end
$$;
comment on function ops_private.shows_secret(text) is
  'Whether a text as it stands has something that looks like a secret: the key or token of a well-known service, an address of a web hook that is a secret as a whole, a JWT, a private key in PEM, or an address with user info or with a known parameter of signatures. Null for null.';
revoke execute on function ops_private.shows_secret(text) from public;

create function ops_private.decoded_once(value text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  -- Escapes of JSON, and the colours of a terminal.
  v_text text := regexp_replace(value, '\\(u[0-9a-fA-F]{4}|[bfnrt"/])?|\[[0-9;]*m', ' ', 'g');
  v_code text[];
begin
  if position('%' in v_text) > 0 then
    foreach v_code slice 1 in array array[
      ['%21', '!'], ['%23', '#'], ['%26', '&'], ['%2B', '+'], ['%2D', '-'], ['%2E', '.'], ['%2F', '/'], ['%3A', ':'],
      ['%3B', ';'], ['%3D', '='], ['%3F', '?'], ['%40', '@'], ['%5F', '_'], ['%7E', '~']
    ] loop
      v_text := replace(replace(v_text, v_code[1], v_code[2]), lower(v_code[1]), v_code[2]);
    end loop;
    v_text := regexp_replace(v_text, '%[0-9A-Fa-f]{2}', ' ', 'g');
  end if;
  return v_text;
end
$$;
comment on function ops_private.decoded_once(text) is
  'A text after one pass of percent-decoding. Escapes of JSON, colours of a terminal and other percent codes become blanks.';
revoke execute on function ops_private.decoded_once(text) from public;

create function ops_private.has_secret(value text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.shows_secret(value)
    or value ~ '%[0-9A-Fa-f]{2}|\\|\[[0-9;]*m' and ops_private.shows_secret(ops_private.decoded_once(value));
end
$$;
comment on function ops_private.has_secret(text) is
  'Whether a text has something that looks like a secret, as it stands or after one pass of decoding. Null for null.';
revoke execute on function ops_private.has_secret(text) from public;

create function ops_private.holds_secret(document jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Escapes become blanks, because what stands before a key decides whether it is one. A text may be JSON itself.
  return ops_private.has_secret(regexp_replace(document::text, '\\(u[0-9a-f]{4}|.)', ' ', 'g'))
    or document::text ~ '\\\\'
    and ops_private.has_secret(regexp_replace(document::text, '\\+(u[0-9a-fA-F]{4}|[bfnrt"/])?', ' ', 'g'));
end
$$;
comment on function ops_private.holds_secret(jsonb) is
  'Whether a document of bounded size has a text with a secret, at any depth, names of fields included. It takes time in proportion to the document.';
revoke execute on function ops_private.holds_secret(jsonb) from public;

create function ops_private.secret_places(document jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with recursive part (path, value) as (
      select '[]'::jsonb, document
      union all
      select p.path || e.name, e.value
      from part p
      cross join lateral (
        select to_jsonb(f.key), f.value
        from jsonb_each(case jsonb_typeof(p.value) when 'object' then p.value else '{}' end) as f
        union all
        select to_jsonb(a.ordinality - 1), a.value
        from jsonb_array_elements(case jsonb_typeof(p.value) when 'array' then p.value else '[]' end)
          with ordinality as a
      ) as e (name, value)
      where not ops_private.has_secret(coalesce(p.path ->> -1, ''))
    )
    select coalesce(jsonb_agg(distinct f.path), '[]')
    from (
      select case when ops_private.has_secret(p.path ->> -1) then p.path - -1 else p.path end as path
      from part p
      where ops_private.has_secret(p.path ->> -1)
        or jsonb_typeof(p.value) = 'string' and ops_private.has_secret(p.value #>> '{}')
    ) as f
  );
end
$$;
comment on function ops_private.secret_places(jsonb) is
  'The paths of all texts of a document that have a secret, as an array. For the name of a field that has one: the path of the object around it.';
revoke execute on function ops_private.secret_places(jsonb) from public;

create function ops_private.refuse_secret(written record) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_row jsonb;
  v_column text;
begin
  -- A row that is larger, or has a document that cannot be kept, breaks a rule of its table, and is refused for that.
  if pg_column_size(written) > 1048576 then
    return;
  end if;
  v_row := to_jsonb(written);
  if exists (
    select from jsonb_each(v_row) as f
    where jsonb_typeof(f.value) in ('object', 'array') and not ops_private.is_storable(f.value)
  ) then
    return;
  end if;
  v_column := (
    select f.key from jsonb_each(v_row) as f
    where case jsonb_typeof(f.value)
      when 'string' then ops_private.has_secret(f.value #>> '{}')
      when 'object' then ops_private.holds_secret(f.value)
      when 'array' then ops_private.holds_secret(f.value)
    end
    limit 1
  );
  if v_column is not null then
    raise exception using errcode = '23514', constraint = 'no_secret_is_recorded', column = v_column,
      message = format('%s has something that looks like a key, a token or a private key', v_column),
      hint = 'leave it out; use an address without user info or signature; if it is a real secret, revoke it now';
  end if;
end
$$;
comment on function ops_private.refuse_secret(record) is
  'Raises 23514 when a text of a row that is written directly has a secret. The error names the column, never the value. Events are checked as a whole (ops_private.check_event).';
revoke execute on function ops_private.refuse_secret(record) from public;

create function ops_private.tg_refuse_secret() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  perform ops_private.refuse_secret(new);
  return new;
end
$$;
comment on function ops_private.tg_refuse_secret() is
  'Before insert or update of a table that events do not write: ops_private.refuse_secret.';
revoke execute on function ops_private.tg_refuse_secret() from public;
