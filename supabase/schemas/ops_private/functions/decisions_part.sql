-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.decisions_part (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.approval_id), '[]') from (
      select a.approval_id, a.scope, g.gate_code, a.exception_id, a.approver_id, a.persona_role, a.decision,
        a.rationale_text,
        -- `#> '{}'` decompresses the document first: the size of a compressed value is too small.
        case when pg_column_size(a.rationale_structured #> '{}') <= 2048 then a.rationale_structured end
          as rationale_structured, a.artifacts_digest, a.assurance, a.unmet, a.observed_at, a.created_at, a.created_by,
        a.created_role
      from ops.approvals a
      left join ops.release_gates g on g.gate_id = a.gate_id
      where a.release_id = release.release_id and a.created_at <= as_of
      order by a.created_at desc, a.approval_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."decisions_part"(ops.releases, timestamp with time zone) IS 'The decisions on a release (scope release), its gates (gate) and its exceptions (exception) until a moment. rationale_structured is null when it is too long to be shown.';

REVOKE ALL ON FUNCTION "ops_private"."decisions_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
