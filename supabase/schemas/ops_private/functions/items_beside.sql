-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.items_beside (
  a ops_private.inbox_release
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (a.release).contested then
    return query select i.* from ops_private.contested_items(a) as i;
  end if;
  if a.objected then
    return query select i.* from ops_private.objection_items(a) as i;
  end if;
  if a.dismissible then
    return query select i.* from ops_private.dismissible_items(a) as i;
  end if;
  if a.beside then
    return query select i.* from ops_private.items_beside_gates(a) as i;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."items_beside"(ops_private.inbox_release) IS 'What waits for the person on one release beside what waits at its gates.';

REVOKE ALL ON FUNCTION "ops_private"."items_beside"(ops_private.inbox_release) FROM PUBLIC;
