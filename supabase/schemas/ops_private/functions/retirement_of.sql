-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.retirement_of (
  project     text,
  environment text,
  target      text,
  reason      text
)
  RETURNS ops.retired_targets
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  x ops.retired_targets;
begin
  if (octet_length(retirement_of.project) <= 255 and ops_private.is_name(retirement_of.target)
    and ops_private.is_stated(retirement_of.reason)) is not true then
    raise exception using errcode = '23514', constraint = 'says_something_that_can_be_seen', schema = 'ops',
      table = 'retired_targets', message = 'project, target or reason is missing, too long or not visible',
      hint =
        'name the target as its deployments do; a reason has at most 8192 bytes and at least one visible character';
  end if;
  x.project := ops_private.project_or_null(retirement_of.project);
  x.environment := ops_private.environment_named(retirement_of.environment);
  if x.project is null or not ops_private.sees(x.project) then
    perform ops_private.refuse_retirement();
  end if;
  x.target := retirement_of.target;
  x.reason := retirement_of.reason;
  return x;
end
$function$;

COMMENT ON FUNCTION "ops_private"."retirement_of"(text, text, text, text) IS 'The retirement that the arguments of ops.retire_target name. Raises 23514 when one is missing, too long or not visible, 22023 for an unknown environment, OPS04 for a project that is not known or not the caller''s.';

REVOKE ALL ON FUNCTION "ops_private"."retirement_of"(text, text, text, text) FROM PUBLIC;
