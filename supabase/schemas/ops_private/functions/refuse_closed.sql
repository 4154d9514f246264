-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_closed (
  release    ops.releases,
  table_name text,
  written    jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if release.imported_at is not null
    and table_name in ('approvals', 'deployments', 'evidence_artifacts', 'exceptions', 'gate_checks') then
    raise exception using errcode = 'OPS12', message = 'the release is of the past',
      detail = format('imported by %s, at %s', release.created_by, release.imported_at),
      hint = 'send an event with "imported": true';
  end if;
  if (
    table_name = 'exceptions' or table_name = 'approvals' and written ->> 'decision' = 'approved'
    or table_name = 'gate_checks' and written ->> 'deployment_id' is null and written ->> 'status' <> 'fail'
  ) is true then
    raise exception using errcode = 'OPS12', message = 'the release is closed',
      detail = format('%s, by %s, at %s', release.close_reason, release.closed_by, release.closed_at),
      hint = 'open a release under a new name; a closed release takes only deployments, health checks and stops';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_closed"(ops.releases, text, jsonb) IS 'Raises OPS12 when a row for a closed release is an exception, an approval, or a check that did not fail and is of no deployment; of a release of the past, when it is any fact but an incident.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_closed"(ops.releases, text, jsonb) FROM PUBLIC;
