-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.managers_too_few (
  project text
)
  RETURNS ops.policy_warning
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  w ops.policy_warning;
  v_managers constant integer := cardinality(ops_private.active_people(managers_too_few.project, 'release_manager'));
begin
  if v_managers < 2 then
    w.code := 'too_few_managers';
    w.persona := 'release_manager';
    w.needed := 2;
    w.able := v_managers;
    w.stops := false;
    w.message := case v_managers
      when 0 then 'no release manager is active, so nobody can confirm a proposal of policy'
      else 'one release manager is active, so nobody else can confirm a proposal of policy: its author can, 24 hours later'
    end;
  end if;
  return w;
end
$function$;

COMMENT ON FUNCTION "ops_private"."managers_too_few"(text) IS 'The warning too_few_managers of a project, or with null of every project. Null when there are two.';

REVOKE ALL ON FUNCTION "ops_private"."managers_too_few"(text) FROM PUBLIC;
