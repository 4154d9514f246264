-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.count_evidence (
  release_id   uuid,
  gate_id      uuid,
  gate_code    ops.ops_gate_code,
  deployments  uuid[],
  subject      text,
  require_hash boolean,
  lapsed_until timestamp with time zone,
  as_of        timestamp with time zone,
  decisions    ops_private.standing_decision[],
  digest       text,
  OUT          present integer,
  OUT          changed integer
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_generic_plan'
  AS $function$
begin
  -- First leave out what does not count, then count artifacts: an address is one, and so are equal bytes.
  select coalesce(min(per.present), 0), coalesce(max(per.changed), 0)
  into count_evidence.present, count_evidence.changed
  from (
    select
      count(distinct coalesce(one.sha256, one.address))
        filter (where one.sha256 is not null or not count_evidence.require_hash) as present,
      count(*) filter (where one.hashes > 1) as changed
    from unnest(case when count_evidence.gate_code = 'G4' then deployments else array[null::uuid] end)
      as d (deployment_id)
    left join lateral (
      select
        e.address, (array_agg(e.sha256 order by e.observed_at desc, e.created_at desc, e.sha256))[1] as sha256,
        count(distinct e.sha256) as hashes
      from (
        select
          -- Scheme and host are compared without case and usual port. A fragment, and slashes around the rest, say nothing.
          case when ea.artifact_url ~ '^[a-z0-9]+://[a-z0-9.-]+/[^/?#]+([/?][^/?#]+)*$' then ea.artifact_url
            else regexp_replace(lower(substring(ea.artifact_url from '^[^:]*://[^/?#]*') collate "C"),
                '^(http://.*):80$|^(https://.*):443$', '\1\2')
              || '/' || rtrim(substring(ea.artifact_url from '^[^:]*://[^/?#]*/*([^#]*)'), '/?') end as address,
          ea.sha256, ea.observed_at, ea.created_at
        from ops.evidence_artifacts ea
        left join ops.approvals a
          on a.release_id = ea.release_id and a.gate_id = ea.gate_id and a.approval_id = ea.approval_id
        where ea.release_id = count_evidence.release_id and ea.gate_id = count_evidence.gate_id
          and ea.artifact_type = any (string_to_array(count_evidence.subject, '|')::ops.ops_artifact_type[])
          and (count_evidence.gate_code <> 'G4' or ea.deployment_id = d.deployment_id)
          and ea.created_at <= count_evidence.as_of
          and (count_evidence.lapsed_until is null or ea.created_at > count_evidence.lapsed_until)
          and (ea.approval_id is null or a.artifacts_digest is not distinct from count_evidence.digest and exists (
            select from unnest(decisions) as s
            where s.approver_id = a.approver_id and s.persona_role = a.persona_role and s.decision = 'approved'
          ))
      ) as e
      group by e.address
    ) as one on true
    group by d.deployment_id
  ) as per;
end
$function$;

COMMENT ON FUNCTION "ops_private"."count_evidence"(uuid, uuid, ops.ops_gate_code, uuid[], text, boolean, timestamp with time zone, timestamp
  with time zone, ops_private.standing_decision[], text) IS 'How many artifacts of the types (any of them, separated by |) a gate has at a moment. Each counts once: by its hash, else by its address; of one address the newest row counts, with require_hash only if that row has a hash. On G4: how many the deployment with the fewest has, of those that G4 looks at; 0 when it looks at none. What came with a sign-off counts while the current decision of its author (decisions) is an approval, and the artifacts on record are the same (digest). Those recorded until lapsed_until no longer count; null without limit. changed: at how many addresses the hash changed.';
