-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judged_anew (
  project   text,
  gate_code ops.ops_gate_code,
  last      integer
)
  RETURNS SETOF ops.releases
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if judged_anew.project is not null then
    return query
    select r.* from ops.releases r
    where r.project = judged_anew.project and r.status <> 'draft' and r.imported_at is null
    order by r.created_at desc limit judged_anew.last;
  else
    return query
    select r.* from ops.releases r
    where r.status <> 'draft' and r.imported_at is null and ops_private.sees(r.project) and not exists (
      select from ops.gate_requirements q
      where q.project = r.project and q.gate_code = judged_anew.gate_code and q.valid_to is null
    )
    order by r.created_at desc limit judged_anew.last;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."judged_anew"(text, ops.ops_gate_code, integer) IS 'The newest releases on which something is on record, those of the past aside: of a project, or (null) of all projects that the caller sees and that have no rows of their own for the gate.';

REVOKE ALL ON FUNCTION "ops_private"."judged_anew"(text, ops.ops_gate_code, integer) FROM PUBLIC;
