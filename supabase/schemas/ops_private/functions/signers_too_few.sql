-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.signers_too_few (
  asked  ops_private.asked_approval[],
  people text[]
)
  RETURNS ops.policy_warning
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  w ops.policy_warning;
begin
  -- Who approved an earlier gate, or this one in another persona, does not count where one_gate is asked. So the
  -- requirements of each set of gates need as many people as all of them ask for, but the first gate may ask for less.
  with recursive sets (gates) as (
    select array[a.gate_code] from unnest(asked) as a where a.blocking and a.on_gate group by a.gate_code
    union
    select s.gates || a.gate_code from sets s join unnest(asked) as a on a.gate_code > s.gates[cardinality(s.gates)]
    where a.blocking and a.on_gate and a.one_gate
  ), wanting (gates, needed, able) as (
    select s.gates, t.needed, ops_private.at_most(t.able, people, t.not_initiator)
    from sets s cross join lateral (
      select
        (coalesce(sum(a.min_count) filter (where a.one_gate), 0)
          + coalesce(max(a.min_count) filter (where not a.one_gate), 0))::integer as needed,
        bool_and(a.not_initiator) as not_initiator,
        array(
          select distinct n.name from unnest(asked) as x cross join lateral unnest(x.able) as n (name)
          where x.blocking and x.on_gate and (x.gate_code = s.gates[1] or x.gate_code = any (s.gates) and x.one_gate)
        ) as able
      from unnest(asked) as a
      where a.blocking and a.on_gate and (a.gate_code = s.gates[1] or a.gate_code = any (s.gates) and a.one_gate)
      having count(*) > 1
    ) as t
  )
  select x.gates::text[], x.needed, x.able into w.names, w.needed, w.able
  from wanting x where x.able < x.needed order by cardinality(x.gates), x.gates limit 1;
  if found then
    w.code := 'too_few_signers';
    w.stops := true;
    w.persona := (
      select a.persona from unnest(asked) as a
      where a.blocking and a.on_gate and a.gate_code::text = any (w.names)
      order by cardinality(a.able), a.gate_code, a.persona limit 1
    );
    w.message := format('%s take%s %s different people, and %s active %s can sign', array_to_string(w.names, ' and '),
      case cardinality(w.names) when 1 then 's' else '' end, w.needed, w.able,
      case w.able when 1 then 'person' else 'people' end);
  end if;
  return w;
end
$function$;

COMMENT ON FUNCTION "ops_private"."signers_too_few"(ops_private.asked_approval[], text[]) IS 'The warning too_few_signers of a policy, for the smallest set of gates that shows it: at least so many people are needed. people: all active people there. Null when they suffice.';

REVOKE ALL ON FUNCTION "ops_private"."signers_too_few"(ops_private.asked_approval[], text[]) FROM PUBLIC;
