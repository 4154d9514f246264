-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.at_most (
  able          text[],
  people        text[],
  not_initiator boolean
)
  RETURNS integer
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Somebody must be the initiator. Who cannot approve may be it; if everybody can, one of them must.
  return cardinality(able) - case when not_initiator and able <> '{}' and able @> people then 1 else 0 end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."at_most"(text[], text[], boolean) IS 'How many of the people who are able could approve a release of the best initiator. people: all active people there.';

REVOKE ALL ON FUNCTION "ops_private"."at_most"(text[], text[], boolean) FROM PUBLIC;
