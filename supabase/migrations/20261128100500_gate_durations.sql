-- How long each gate takes, per project and month.

create view ops.v_gate_durations
with (security_invoker = true) as
select
  c.project,
  date_trunc('month', c.resolved_at at time zone 'UTC')::date as month,
  c.gate_code,
  count(*) as gates,
  round((percentile_cont(0.5) within group (order by c.seconds))::numeric, 3) as median_seconds,
  round((percentile_cont(0.9) within group (order by c.seconds))::numeric, 3) as p90_seconds
from (
  select
    b.project,
    b.gate_code,
    b.status,
    b.resolved_at,
    greatest(extract(epoch from b.resolved_at - b.began_at), 0) as seconds
  from (
    select
      g.project,
      g.gate_code,
      g.status,
      g.resolved_at,
      case
        when g.gate_code = 'G4' and g.entered_at is not null then g.entered_at
        else coalesce(max(g.resolved_at) over (
          partition by g.project, g.release_id order by g.gate_code
          rows between unbounded preceding and 1 preceding
        ), g.created_at)
      end as began_at
    from ops.release_gates as g
    where not exists (
      select from ops.releases as i
      where i.release_id = g.release_id and i.imported_at is not null
    )
  ) as b
) as c
where c.status in ('passed', 'bypassed')
group by c.project, date_trunc('month', c.resolved_at at time zone 'UTC'), c.gate_code;

comment on view ops.v_gate_durations is
  'How long each gate takes, per project and month (of UTC) in which it was passed or bypassed: from when it began to wait (as ops.v_waiting.since) until its verdict. Counted are gates by their stored verdict; one that failed or was re-opened since is not, nor one of a release of the past. Order by project, month, gate_code.';
comment on column ops.v_gate_durations.project is 'The project.';
comment on column ops.v_gate_durations.month is 'The first day of the month.';
comment on column ops.v_gate_durations.gate_code is 'The gate.';
comment on column ops.v_gate_durations.gates is 'How many gates with this code were passed or bypassed in the month.';
comment on column ops.v_gate_durations.median_seconds is 'How many seconds half of them took at most.';
comment on column ops.v_gate_durations.p90_seconds is 'How many seconds nine of ten took at most.';

grant select on ops.v_gate_durations to service_role, release_manager, audit_reader;
