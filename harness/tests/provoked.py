"""What provokes each SQLSTATE that a section of docs/api.md names: the calls, by somebody who may make them."""

from __future__ import annotations

# Whole calls, and {} where a section leaves something open.
IMPORT = "select ops.import_release('acme/shop', 'v0.9.0', 'production', '{}', initiating_actor => 'dev-1')"
OPEN = "select ops.open_release('acme/shop', 'v1.4.0', 'production', {})"
# Who calls; arguments, a grant and a call that several share.
AS_RM = 'set local role release_manager; set local request.jwt.claims = \'{"sub": "rm-1"}\';'
SCAN = """'[{"kind": "check", "subject": "scan"}]'"""
DROPPED = """'[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"}]'"""
SECOND = "select ops.grant_membership('rm-2', 'release_manager', null, null, 'rm-1', 'a second one');"
TARGET = "ops.set_notice_target('acme/shop', 'chat', '{}', 'OPS_NOTICE_{}', {}, '{}', 'why')"
# A proposal of policy by rm-1; what confirms it; one that names who approves; a policy that was set.
PROPOSED = f"{AS_RM}select ops.propose_gate_policy('acme/shop', 'G1', {SCAN}, 'why', {DROPPED});"
CONFIRMED = " select ops.confirm_gate_policy(hash) from ops.v_policy_changes"
NAMING = (
    f"{AS_RM}select ops.propose_gate_policy('acme/shop', 'G3', '"
    '[{"kind": "approval", "subject": "release_manager", "approvers": ["rm-3"]}]\', \'why\', \'[{"kind": "prior_gate",'
    ' "subject": "G2"}, {"kind": "evidence", "subject": "rollback_plan"}, {"kind": "no_failed_checks"}]\');'
)
SETTING = f"select ops.set_gate_policy('G1', {SCAN}, 'acme/shop', 'rm-1', 'why');"
# Makes memberships and proposals older: a proposal ends after 7 days.
AGED = "".join(
    f"alter table ops.{table} disable trigger user; update ops.{table} set created_at = created_at - interval '{age}';"
    for table, age in (("memberships", "8 days"), ("policy_changes", "7 days"))
)
REFUSED: dict[tuple[str, str], list[str]] = {
    ("ingest_events", "22023"): ["select ops.ingest_events('{}')", "select ops.ingest_events('1')"],
    ("ingest_events", "54000"): [
        "select ops.ingest_events('[]')",
        "select ops.ingest_events((select jsonb_agg('{}'::jsonb) from generate_series(1, 101)))",
    ],
    ("grant_membership", "OPS15"): ["select ops.grant_membership('x-1', 'sre', null, 'dev-login', 'rm-1', 'why')"],
    ("replace_subject", "23514"): [
        "select ops.replace_subject('dev-login', ' ', 'rm-1', 'why')",
        "select ops.replace_subject('dev-login', 'x-1', 'rm-1')",
    ],
    ("replace_subject", "OPS06"): [
        "select ops.replace_subject('nobody', 'x-1', 'rm-1', 'why')",
        "select ops.replace_subject('dev-login', 'x-1', 'nobody', 'why')",
    ],
    ("replace_subject", "OPS13"): ["select ops.replace_subject('bot-1', 'x-1', 'rm-1', 'why')"],
    ("replace_subject", "OPS16"): ["select ops.replace_subject('dev-login', 'dev-1', 'rm-1', 'why')"],
    ("replace_subject", "OPS15"): ["select ops.replace_subject('dev-login', 'rm-1', 'rm-1', 'why')"],
    ("grant_membership", "23514"): [
        "select ops.grant_membership('x-1', 'boss', null, null, 'rm-1', 'why')",
        "select ops.grant_membership(' ', 'sre', null, null, 'rm-1', 'why')",
        "select ops.grant_membership('x-1 ', 'sre', null, null, 'rm-1', 'why')",
        "select ops.grant_membership(repeat('x', 256), 'sre', null, null, 'rm-1', 'why')",
        "select ops.grant_membership('x-1', 'sre')",
        "select ops.grant_membership('x-1', 'sre', null, null, 'rm-1', ' ')",
    ],
    ("grant_membership", "OPS04"): ["select ops.grant_membership('x-1', 'sre', 'x/y', null, 'rm-1', 'why')"],
    ("grant_membership", "OPS16"): [
        "select ops.grant_membership('rm-1', 'release_manager', null, null, 'rm-1', 'why')"
    ],
    ("grant_membership", "OPS13"): [
        "select ops.grant_membership('rm-1', 'ci_service_role', null, null, 'rm-1', 'why')",
    ],
    ("act_as", "OPS13"): [
        AS_RM + " select ops.act_as('release_manager')",
        AS_RM.replace("}", ', "session_id": "s-1"}') + " select ops.act_as('sre')",
    ],
    ("grant_membership", "OPS06"): ["select ops.grant_membership('x-1', 'sre', null, null, 'nobody', 'why')"],
    ("open_release", "OPS09"): [OPEN.format("'another', initiating_actor => 'dev-1'")],
    ("register_project", "23514"): [
        "select ops.register_project('é', null, 'rm-1', 'why')",
        "select ops.register_project('x', '', 'rm-1', 'why')",
        "select ops.register_project('x', null, 'rm-1', ' ')",
    ],
    ("register_project", "OPS06"): ["select ops.register_project('x', null, 'nobody', 'why')"],
    ("open_release", "OPS04"): ["select ops.open_release('x', 'v2', 'dev', 'c', initiating_actor => 'dev-1')"],
    ("open_release", "OPS06"): ["select ops.open_release('acme/shop', 'v2', 'dev', 'c', initiating_actor => 'nobody')"],
    ("open_release", "42501"): [
        'set local role release_manager; set local request.jwt.claims = \'{"sub": "rm-1"}\';'
        "select ops.open_release('acme/shop', 'v2', 'dev', 'c', initiating_actor => 'dev-1')",
        f"{AS_RM}select ops.open_release('x', 'v2', 'dev', 'c')",
    ],
    ("open_release", "22023"): ["select ops.open_release('acme/shop', 'v2', 'moon', 'c', initiating_actor => 'dev-1')"],
    ("open_release", "23514"): [
        "select ops.open_release('acme/shop', ' ', 'dev', 'c', initiating_actor => 'dev-1')",
        "select ops.open_release('acme/shop', 'v2', 'dev', 'abcdef1', initiating_actor => 'dev-1')",
        "select ops.open_release('acme/shop', repeat('v', 256), 'dev', 'c', initiating_actor => 'dev-1')",
        "select ops.open_release('acme/shop', 'v2', 'dev', 'c', '[]', 'dev-1')",
    ],
    ("import_release", "OPS09"): [f"{IMPORT.format('c')}; {IMPORT.format('another')}"],
    ("import_release", "OPS04"): ["select ops.import_release('x', 'v2', 'dev', 'c', initiating_actor => 'dev-1')"],
    ("import_release", "OPS06"): ["select ops.import_release('acme/shop', 'v2', 'dev', 'c')"],
    ("import_release", "42501"): [f"{AS_RM}select ops.import_release('x', 'v2', 'dev', 'c')"],
    ("import_release", "22023"): [
        "select ops.import_release('acme/shop', 'v2', 'moon', 'c', initiating_actor => 'dev-1')"
    ],
    ("import_release", "23514"): [
        "select ops.import_release('acme/shop', ' ', 'dev', 'c', initiating_actor => 'dev-1')"
    ],
    ("record_refusal", "22023"): [
        """select ops.record_refusal('{"error": "unauthorized"}')""",
        """select ops.record_refusal('{"error": "invalid_json", "payload_hash": "none"}')""",
    ],
    ("gate_findings", "OPS04"): ["select ops.gate_findings(gen_random_uuid())"],
    ("gate_findings", "22023"): [
        "select ops.gate_findings(gate_id, '2001-01-01') from ops.release_gates",
        "select ops.gate_findings(gate_id, 'tomorrow') from ops.release_gates",
    ],
    ("promotion_blockers", "OPS04"): ["select ops.promotion_blockers(gen_random_uuid(), 'dev')"],
    ("promotion_blockers", "22023"): ["select ops.promotion_blockers(release_id, 'moon') from ops.releases"],
    ("release_overview", "OPS04"): ["select ops.release_overview(gen_random_uuid())"],
    ("release_overview", "22023"): [
        "select ops.release_overview(release_id, '2001-01-01') from ops.releases",
        "select ops.release_overview(release_id, 'tomorrow') from ops.releases",
    ],
    ("timeline", "OPS04"): ["select ops.timeline(gen_random_uuid())"],
    ("timeline", "22023"): ['select ops.timeline(release_id, "limit" => 0) from ops.releases'],
    ("my_releases", "22023"): [
        """select ops.my_releases('{"colour": "red"}')""",
        """select ops.my_releases('{"status": "odd"}')""",
        """select ops.my_releases('[]')""",
        'select ops.my_releases("limit" => 201)',
    ],
    ("my_releases", "OPS04"): ["select ops.my_releases(before => gen_random_uuid())"],
    ("promotion_advice", "OPS04"): ["select ops.promotion_advice(gen_random_uuid(), 'dev')"],
    ("promotion_advice", "22023"): ["select ops.promotion_advice(release_id, 'moon') from ops.releases"],
    ("is_eligible_for_promotion", "OPS04"): ["select ops.is_eligible_for_promotion(gen_random_uuid(), 'dev')"],
    ("is_eligible_for_promotion", "22023"): [
        "select ops.is_eligible_for_promotion(release_id, 'moon') from ops.releases"
    ],
    ("set_notice_target", "OPS04"): [
        f"select {TARGET.format('slack', 'A', 'null', 'rm-1')}".replace("/shop", "/x"),
    ],
    ("set_notice_target", "OPS06"): [f"select {TARGET.format('slack', 'A', 'null', 'nobody')}"],
    ("set_notice_target", "22023"): [
        f"select {TARGET.format('mail', 'A', 'null', 'rm-1')}",
        f"select {TARGET.format('slack', 'A', chr(39) + '{gate_sleeps}' + chr(39), 'rm-1')}",
    ],
    ("set_notice_target", "23514"): [
        f"select {TARGET.format('slack', 'a', 'null', 'rm-1')}",
        f"select {TARGET.format('slack', 'A', 'null', ' ')}",
        "select ops.set_notice_target('acme/shop', ' ', 'slack', 'OPS_NOTICE_A', null, 'rm-1', 'why')",
    ],
    ("claim_notices", "22023"): ["select ops.claim_notices(0)", "select ops.claim_notices(101)"],
    ("record_notice_outcome", "OPS04"): ["select ops.record_notice_outcome(gen_random_uuid(), 1, 'delivered')"],
    ("record_notice_outcome", "22023"): [
        "select ops.record_notice_outcome(gen_random_uuid(), 1, 'lost')",
        "select ops.record_notice_outcome(gen_random_uuid(), 1, 'failed')",
        "select ops.record_notice_outcome(gen_random_uuid(), 1, 'failed', 99, 'http_status')",
    ],
    ("retry_notice", "OPS04"): ["select ops.retry_notice(gen_random_uuid())"],
    ("evaluate_gate", "OPS04"): ["select ops.evaluate_gate(gen_random_uuid())"],
    ("gate_status_at", "OPS04"): ["select ops.gate_status_at(gen_random_uuid(), now())"],
    ("gate_status_at", "22023"): [
        "select ops.gate_status_at(gate_id, '2001-01-01') from ops.release_gates",
        "select ops.gate_status_at(gate_id, 'tomorrow') from ops.release_gates",
    ],
    ("was_eligible_for_promotion", "OPS04"): ["select ops.was_eligible_for_promotion(gen_random_uuid(), 'dev', now())"],
    ("was_eligible_for_promotion", "22023"): [
        "select ops.was_eligible_for_promotion(release_id, 'moon', now()) from ops.releases",
        "select ops.was_eligible_for_promotion(release_id, 'dev', '2001-01-01') from ops.releases",
        "select ops.was_eligible_for_promotion(release_id, 'dev', 'tomorrow') from ops.releases",
    ],
    ("retire_target", "OPS04"): [
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', 'nowhere', 'gone')",
        f"{AS_RM}select ops.retire_target('acme/other', 'dev', 'default', 'gone')",
    ],
    ("dismiss", "OPS04"): [f"{AS_RM}select ops.dismiss(gen_random_uuid(), 'why')"],
    ("dismiss", "23514"): [f"{AS_RM}select ops.dismiss(gen_random_uuid(), ' ')"],
    ("dismiss", "OPS11"): [
        "insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)"
        " select release_id, 'dev', 'd-1', 'c', 'in_progress' from ops.releases; "
        f"{AS_RM}select ops.dismiss((select min(deployment_id::text)::uuid from ops.deployments), 'why')"
    ],
    ("retire_target", "22023"): [f"{AS_RM}select ops.retire_target('acme/shop', 'moon', 'eu-1', 'gone')"],
    ("retire_target", "23514"): [
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', null, 'gone')",
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', 'eu-1', ' ')",
        f"{AS_RM}select ops.retire_target('acme/shop', 'dev', repeat('x', 256), 'gone')",
    ],
    ("retire_target", "42501"): ["select ops.retire_target('acme/shop', 'dev', 'eu-1', 'gone')"],
    ("close_release", "OPS04"): ["select ops.close_release(gen_random_uuid(), 'cancelled')"],
    ("close_release", "22023"): ["select ops.close_release(release_id, 'tired') from ops.releases"],
    ("close_release", "OPS12"): [
        "select ops.close_release(release_id, t.reason)"
        " from ops.releases cross join unnest(array['cancelled', 'superseded']) as t (reason)"
    ],
    ("set_gate_policy", "OPS10"): [
        """select ops.set_gate_policy('G9', '[{"kind": "check", "subject": "build"}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G1', '[{"kind": "luck"}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G2', '[{"kind": "approval", "subject": "boss"}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G1', '[{"kind": "deployment_health"}]', null, 'rm-1', 'why')""",
        "select ops.set_gate_policy('G1', jsonb_build_array(need, need), null, 'rm-1', 'why')"
        """ from jsonb('{"kind": "check", "subject": "a"}') as need""",
        """select ops.set_gate_policy('G1', '[]', null, 'rm-1', 'why')""",
    ],
    ("set_gate_policy", "OPS06"): [
        """select ops.set_gate_policy('G3', '[{"kind": "approval", "subject": "release_manager","""
        """ "approvers": ["nobody"]}]', null, 'rm-1', 'why')""",
        """select ops.set_gate_policy('G1', '[{"kind": "check", "subject": "x"}]', null, 'nobody', 'why')""",
    ],
    ("set_gate_policy", "23514"): ["""select ops.set_gate_policy('G1', '[{"kind": "check", "subject": "x"}]')"""],
    ("propose_gate_policy", "42501"): [f"{AS_RM}select ops.propose_gate_policy('x/y', 'G1', '[]', 'why')"],
    ("propose_gate_policy", "OPS10"): [
        f"{AS_RM}select ops.propose_gate_policy(null, 'G9', '[]', 'why')",
        f"{AS_RM}select ops.propose_gate_policy(null, 'G1', {SCAN}, 'why')",
        f"{AS_RM}select ops.propose_gate_policy(null, 'G1', {SCAN}, 'why', '{{}}')",
    ],
    ("propose_gate_policy", "OPS06"): [NAMING.replace("rm-3", "nobody")],
    ("propose_gate_policy", "OPS16"): [f"{AS_RM}select ops.propose_gate_policy('acme/shop', 'G1', '[]', 'why')"],
    ("propose_gate_policy", "23514"): [f"{AS_RM}select ops.propose_gate_policy(null, 'G1', {SCAN}, ' ', {DROPPED})"],
    ("confirm_gate_policy", "OPS04"): [f"{AS_RM}select ops.confirm_gate_policy('{'0' * 64}')"],
    ("confirm_gate_policy", "OPS06"): [
        SECOND + SECOND.replace("rm-2", "rm-3") + NAMING + "set local role service_role;"
        " select ops.revoke_membership('rm-3', null, null, 'rm-1', 'left');" + AS_RM.replace("rm-1", "rm-2") + CONFIRMED
    ],
    ("confirm_gate_policy", "OPS24"): [SECOND + PROPOSED + CONFIRMED],
    ("confirm_gate_policy", "OPS17"): [PROPOSED + CONFIRMED],
    ("confirm_gate_policy", "OPS18"): [SETTING + AS_RM + CONFIRMED],
    ("confirm_gate_policy", "OPS19"): [PROPOSED + "reset role;" + AGED + AS_RM + CONFIRMED],
    ("confirm_gate_policy", "OPS21"): [PROPOSED + "set local role service_role;" + SETTING + AS_RM + CONFIRMED],
    ("confirm_gate_policy", "OPS22"): [
        SECOND + PROPOSED.replace("rm-1", "rm-2") + "set local role service_role; select ops.revoke_membership('rm-2',"
        " null, null, 'rm-1', 'left');" + AS_RM + CONFIRMED,
    ],
    ("policy_warnings", "OPS04"): ["select ops.policy_warnings('x/y')"],
    ("policy_warnings", "42501"): [f"{AS_RM}select ops.policy_warnings('x/y')"],
    ("policy_impact", "OPS04"): ["select ops.policy_impact('G1', '[]', 'x/y')"],
    ("policy_impact", "42501"): [f"{AS_RM}select ops.policy_impact('G1', '[]', 'x/y')"],
    ("policy_impact", "OPS06"): [
        """select ops.policy_impact('G3', '[{"kind": "approval", "subject": "sre", "approvers": ["nobody"]}]')"""
    ],
    ("policy_impact", "OPS10"): [
        "select ops.policy_impact('G9', '[]')",
        """select ops.policy_impact('G1', '[{"kind": "luck"}]')""",
    ],
    ("policy_impact", "22023"): ["select ops.policy_impact('G1', '[]', null, 0)"],
    ("set_gate_policy", "OPS04"): ["select ops.set_gate_policy('G1', '[]', 'x', 'rm-1', 'why')"],
    ("revoke_membership", "23514"): ["select ops.revoke_membership('dev-1', null, null, 'rm-1')"],
    ("revoke_membership", "22023"): ["select ops.revoke_membership('dev-1', null, 'acme/shop', 'rm-1', 'why')"],
    ("revoke_membership", "OPS04"): ["select ops.revoke_membership('dev-1', 'sre', 'x/y', 'rm-1', 'why')"],
    ("revoke_membership", "OPS06"): [
        "select ops.revoke_membership('nobody', null, null, 'rm-1', 'why')",
        "select ops.revoke_membership('dev-1', null, null, 'nobody', 'why')",
    ],
}
