-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refused_report (
  envelope    jsonb,
  content     jsonb,
  received_at timestamp with time zone,
  error       text,
  ingest_id   uuid
)
  RETURNS ops.contested_reports
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  c ops.contested_reports;
  v_content jsonb := content;
begin
  if v_content is null and (ops_private.unreadable(envelope)).error is null then
    v_content := ops_private.canonical_content(envelope, ops_private.current_actor(), (
      select t.names_gate from ops_private.event_types t where t.event_type = envelope ->> 'event_type'));
  end if;
  c.event_type := envelope ->> 'event_type';
  if c.event_type = 'build_complete' then
    select b.own_check, b.part into c.own_check, c.part from ops_private.build_in(envelope) as b;
  end if;
  c.release_id := ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'));
  c.project := (select r.project from ops.releases r where r.release_id = c.release_id);
  c.idempotency_key := ops_private.loggable(envelope -> 'idempotency_key');
  c.payload_hash := encode(sha256(convert_to(v_content::text, 'UTF8')), 'hex');
  c.error_code := error;
  c.ingest_id := refused_report.ingest_id;
  c.observed_at := (ops_private.times_of(envelope, received_at)).observed_at;
  -- As the row will be stamped: the answer says who can end it.
  c.created_by := ops_private.current_actor();
  c.created_role := current_setting('role');
  return c;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refused_report"(jsonb, jsonb, timestamp with time zone, text, uuid) IS 'What all contested reports of one refused event have in common: its release, key, content and time, and why it was refused. content: the canonical content, if it is known.';

REVOKE ALL ON FUNCTION "ops_private"."refused_report"(jsonb, jsonb, timestamp WITH time zone, text, uuid) FROM PUBLIC;
