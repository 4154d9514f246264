-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.asked_by (
  n ops.notices
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select t.target_name from ops.notice_targets t
    where t.project = n.project and t.replaced_at is null and n.kind = any (t.kinds)
      and not exists (select from ops.releases r where r.release_id = n.release_id and r.imported_at is not null)
      and n.happened_at >= (
        select min(f.created_at) from ops.notice_targets f
        where f.project = n.project and f.target_name = t.target_name and f.created_at > coalesce((
            select max(o.created_at) from ops.notice_targets o
            where o.project = n.project and o.target_name = t.target_name and n.kind <> all (o.kinds)), '-infinity'))
    order by t.target_name);
end
$function$;

COMMENT ON FUNCTION "ops_private"."asked_by"(ops.notices) IS 'The targets of the project that ask for the kind of a notice, and have done so without a break since before it became true. None for a notice of a release of the past.';

REVOKE ALL ON FUNCTION "ops_private"."asked_by"(ops.notices) FROM PUBLIC;
