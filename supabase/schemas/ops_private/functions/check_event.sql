-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.check_event (
  s ops_private.submission
)
  RETURNS ops_private.submission
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_refusal ops_private.refusal;
  v_gate_code text;
  v_names_gate boolean;
  v_ordinary boolean;
  v_text text;
begin
  if pg_column_size(s.envelope #> '{}') > 262144
    or jsonb_path_exists(s.envelope, 'strict $.** ? (@.type() == "number")')
    or jsonb_path_exists(s.envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    v_refusal := ops_private.unreadable(s.envelope);
  end if;
  if v_refusal.error is null then
    v_text := s.envelope::text;
    -- Most texts have none of these marks. The others are looked at one by one (ops_private.has_secret). Escapes,
    -- percent codes and colours can stand before a key.
    if v_text collate "C" ~ ('([^A-Za-z0-9]|\\[bfnrt]|\\u[0-9a-f]{4}|%[0-9A-F]{2}|%[0-9a-f]{2}|\[[0-9;]*m)'
        '(A[KS]IA|ABIA|ACCA|gh[oprsu]_|github_pat_'
        '|gl(agent|cbt|dt|ft|pat|ptt|rt|soat)-|xox|xapp-|[rs]k_(live|test)_|whsec_|AIza|GOCSPX-|ya29\.|npm_|pypi-'
        '|dckr_|sk-|SG\.|sb_secret_|sbp_|hv[bs]\.|do[opr]_v1_|hf_|dapi|shp(at|ca|pa|ss)_|ATATT3)'
        '|\.eyJ|PRIVATE KEY|%3[Aa]%2[Ff]%2[Ff]|hooks\.slack|/api/webhooks/|webhook\.office|api\.telegram')
      or v_text like '%://%@%' or v_text like '%://%=%' then
      v_refusal := ops_private.holding_secret(s.envelope);
    end if;
  end if;
  if v_refusal.error is null then
    select t.gate_code::text, t.names_gate, s.envelope @@ t.pattern into v_gate_code, v_names_gate, v_ordinary
    from ops_private.event_types t where t.event_type = s.event_type;
    s.content := ops_private.canonical_content(s.envelope, s.actor, v_names_gate);
    if (
      v_ordinary and s.in_time
      and split_part(s.idempotency_key, '/', 1) = s.envelope ->> 'source_system'
      and split_part(s.idempotency_key, '/', 3) = s.event_type and octet_length(s.idempotency_key) <= 255
      -- In a payload of this size no text is too long. No constraint checks names of people: check their length here.
      and pg_column_size(s.envelope -> 'payload') <= 8192
      and octet_length(concat(s.envelope #>> '{payload,approver_id}', s.envelope #>> '{payload,deployed_by}')) <= 255
      and coalesce(translate(s.envelope ->> 'release_id', '123456789abcdefABCDEF', '000000000000000000000')
        = '00000000-0000-0000-0000-000000000000', true)
      and s.envelope - array['schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id',
        'gate_code', 'payload', 'emitted_at', 'sent_at', 'imported'] = '{}'
      and (not s.envelope ? 'imported' or ops_private.mark_issues(s.envelope) = '[]')
    ) is not true then
      v_refusal := ops_private.malformed(s.envelope);
      s.examined := true;
    end if;
  end if;
  if v_refusal.error is null then
    s.gate_code := (case when v_names_gate then s.envelope ->> 'gate_code' else v_gate_code end)::ops.ops_gate_code;
  else
    s.examined := true;
    s.error := v_refusal.error;
    s.detail := v_refusal.detail;
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."check_event"(ops_private.submission) IS 'Checks whether a submission is an event as docs/events defines it, in this order: size and JSON, secrets, version, shape. Also computes its canonical content. An ordinary event only needs its pattern and a few conditions; constraints of the tables check lengths. If such an event is refused later, ops_private.examine checks every field.';

REVOKE ALL ON FUNCTION "ops_private"."check_event"(ops_private.submission) FROM PUBLIC;
