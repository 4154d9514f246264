-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.objection_items (
  a ops_private.inbox_release
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select i.*
  from ops_private.standing_objections(a.release, a.as_of) as o
  left join unnest(a.gates) as g on g.gate_id = o.gate_id
  cross join lateral ops_private.item_of(
    a, 'objection', (o.said).persona_role::text, g, (o.said).approval_id,
    format('%s by %s', case (o.said).decision when 'rejected' then 'rejected' else 'changes requested' end,
      (o.said).approver_id),
    format('resolve it with whoever works on the release, then decide again (%s)', case
      when o.gate_id is not null then ops_private.sign_off_command(g.release_id, g.gate_code)
      else ops_private.decide_command((a.release).release_id, o.exception_id) end), (o.said).recorded_at) as i
  where ((o.said).approver_id <> a.person) is not true and (o.said).persona_role::text = any (a.roles);
end
$function$;

COMMENT ON FUNCTION "ops_private"."objection_items"(ops_private.inbox_release) IS 'The person''s own objections to a release that stand: nobody else lifts them.';

REVOKE ALL ON FUNCTION "ops_private"."objection_items"(ops_private.inbox_release) FROM PUBLIC;
