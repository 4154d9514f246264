-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.could_approve (
  approvers      text[],
  approved       text[],
  persona        text,
  project        text,
  except_subject text,
  as_of          timestamp with time zone
)
  RETURNS integer
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select count(*)
    from unnest(approvers) as n (subject)
    where n.subject = any (approved) or n.subject is distinct from except_subject
      and ops_private.held_at(n.subject, persona, could_approve.project, as_of)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."could_approve"(text[], text[], text, text, text, timestamp with time zone) IS 'How many of the people named approved, or could: they held the persona for the project at that moment. approved: whose approval counts, also when they do not hold it any more. except_subject: one whose approval does not count. Only the remedy of a finding depends on it, never a verdict.';

REVOKE ALL ON FUNCTION "ops_private"."could_approve"(text[], text[], text, text, text, timestamp WITH time zone) FROM PUBLIC;
