-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.set_notice_target (
  project      text,
  target       text,
  format       text,
  secret_name  text,
  kinds        text[] DEFAULT NULL::text[],
  on_behalf_of text   DEFAULT NULL::text,
  reason       text   DEFAULT NULL::text
)
  RETURNS uuid
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_project text;
  v_kinds ops.ops_notice_kind[];
  v_wanted_by text;
  v_target ops.notice_targets;
begin
  perform ops_private.require_operator();
  v_project := ops_private.project_named(set_notice_target.project);
  perform ops_private.refuse_target(target, format, secret_name);
  v_kinds := ops_private.notice_kinds_named(kinds);
  v_wanted_by := ops_private.wanted_by(on_behalf_of, reason, v_project);
  perform pg_advisory_xact_lock(hashtextextended('notice target ' || v_project || ' ' || target, 0));
  select t.* into v_target from ops.notice_targets t
  where t.project = v_project and t.target_name = set_notice_target.target and t.replaced_at is null;
  if (v_target.format::text, v_target.secret_name, v_target.kinds)
    is not distinct from (set_notice_target.format, set_notice_target.secret_name, v_kinds) then
    return v_target.target_id;
  end if;
  update ops.notice_targets t set replaced_at = clock_timestamp() where t.target_id = v_target.target_id;
  insert into ops.notice_targets as t (project, target_name, format, secret_name, kinds, on_behalf_of, reason)
  values (v_project, target, set_notice_target.format::ops.ops_notice_format, set_notice_target.secret_name, v_kinds,
    v_wanted_by, set_notice_target.reason)
  returning t.* into v_target;
  return v_target.target_id;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."set_notice_target"(text, text, text, text, text[], text, text) TO "service_role";

COMMENT ON FUNCTION "ops"."set_notice_target"(text, text, text, text, text[], text, text) IS 'Says where notices of a project go, and returns the target_id. target: its name within the project; one of that name is replaced. format: webhook, slack, teams or cdevents. secret_name: the name of the secret of the function ops-notify that holds address and key. kinds: null for all; an empty list turns it off. on_behalf_of names the member who wants it, reason says why; both are required. The same again changes nothing. Only service_role and the owner of the schemas may call it. OPS04: unknown project; 22023: unknown format or kind; 23514: a name or reason is missing or not usable; OPS06: on_behalf_of is no active member.';

REVOKE ALL ON FUNCTION "ops"."set_notice_target"(text, text, text, text, text[], text, text) FROM PUBLIC;
