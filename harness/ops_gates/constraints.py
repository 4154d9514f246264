"""What a constraint of the schema means, in words: Postgres names it, and may add the whole row that broke it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# By table and constraint: what is wrong, and what to do.
SENTENCES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("approvals", "rationale_is_stated"): ("nothing can be seen of the reason", "state it in words"),
    ("approvals", "an_approval_says_why"): (
        "an approval has no reasons",
        "state them as a JSON object that holds a number, true, false, or a text",
    ),
    ("approvals", "sizes_are_bounded"): (
        "a part of the decision is too large: the words may have 8192 bytes, the approver 255 bytes, the JSON object "
        "of reasons 256 KiB and no number that a double cannot hold",
        "shorten it, or refer to a document by its address",
    ),
    ("approvals", "gate_is_named_exactly_in_gate_scope"): (
        "a decision names a gate exactly if its scope is gate",
        "name the gate, or choose another scope",
    ),
    ("approvals", "exception_is_named_exactly_in_exception_scope"): (
        "a decision names an exception exactly if its scope is exception",
        "name the exception, or choose another scope",
    ),
    ("approvals", "exception_is_of_the_same_release"): (
        "the release has no such exception",
        "check the id: `ops-gates exception list` shows those that it has",
    ),
    ("approvals", "gate_is_of_the_same_release"): ("the release has no such gate", "name a gate of this release"),
    ("approvals", "only_an_own_token_says_more"): (
        "what is known of a sign-in belongs to the person's own token",
        "leave assurance out: the server sets it",
    ),
    ("approvals", "only_approvals_lack_something"): (
        "only an approval can miss what policy asks of it",
        "leave unmet out: the server sets it",
    ),
    ("approvals", "observed_not_in_the_future"): (
        "the moment of a decision must be a finite time that is not in the future",
        "leave it out: the server sets it",
    ),
    ("exceptions", "only_an_own_token_says_more"): (
        "what is known of a sign-in belongs to the person's own token",
        "leave assurance out: the server sets it",
    ),
    ("exceptions", "its_approver_lacks_something"): (
        "the approver of an exception misses own_token or aal2, or nothing",
        "leave unmet out: the server sets it",
    ),
    ("exceptions", "lasts_at_most_thirty_days"): (
        "the end of an exception must come after its start, and at most 30 days (720 hours) after it",
        "choose another end",
    ),
    ("exceptions", "effective_once_recorded"): (
        "the start of an exception must be a finite time that is not in the past",
        "leave the start out to begin now",
    ),
    ("exceptions", "begins_within_seven_days"): (
        "an exception must begin at most 7 days ahead",
        "choose an earlier start, or open it later",
    ),
    ("exceptions", "reviewed_by_somebody_once"): (
        "a review has a status, a time and a person, or none of them",
        "send the status alone: the server adds the others",
    ),
    ("exceptions", "some_gate_is_impacted"): ("an exception must name a gate", "name G1, G2, G3 or G4"),
    ("exceptions", "revoked_by_somebody"): (
        "a revocation has a time and a person, or neither",
        "send revoked_at alone: the server adds the person",
    ),
    ("exceptions", "sizes_are_bounded"): (
        "a part of the exception is too large: the approver may have 255 bytes, the controls 256 KiB and no number "
        "that a double cannot hold, the list of gates 4 entries",
        "shorten it, name each gate once, or refer to a document by its address",
    ),
    ("members", "names_are_printable_ascii"): (
        "a subject or handle must have 1 to 255 printable ASCII characters without blanks, and service_role cannot be "
        "a subject",
        "give the `sub` of the person's tokens",
    ),
    ("members", "handle_is_another_name"): (
        "the handle and the subject of a member cannot be the same",
        "leave the handle out, or name another: a member is found by the subject too",
    ),
    ("members", "kind_is_person_or_bot"): ("a member is a person or a bot", "grant the role: it says which"),
    ("memberships", "handle_is_printable_ascii"): (
        "a handle must have 1 to 255 printable ASCII characters without blanks",
        "choose another handle",
    ),
    ("memberships", "role_is_one_of_the_six"): (
        "there is no such role",
        "name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader",
    ),
    ("members", "members_subject_folded_idx"): (
        "a member has that subject already, written in other capitals or small letters",
        "write the subject as the list of members shows it",
    ),
    ("members", "members_recorded_as_folded_idx"): (
        "a member has that subject already, written in other capitals or small letters",
        "write the subject as the list of members shows it",
    ),
    ("members", "members_handle_folded_idx"): (
        "another member has that handle",
        "choose another handle: a revoked member keeps theirs",
    ),
    ("releases", "closed_at_by_and_why"): (
        "a closed release has a time, a person and a reason, or none of them",
        "close it with ops.close_release",
    ),
    ("releases", "only_a_closed_release_frees_its_name"): (
        "only a closed release frees its name",
        "close it with ops.close_release",
    ),
    ("releases", "scope_is_a_bounded_object"): (
        "the scope must be a JSON object of at most 256 KiB, without a number that a double cannot hold",
        "shorten it, or refer to a document by its address",
    ),
    ("releases", "one_release_per_project_and_name"): (
        "the project has a release of that name",
        "choose another name, or go on with the release that exists",
    ),
    ("releases", "one_imported_release_per_project_and_name"): (
        "the project has a release of the past of that name",
        "choose another name, or go on with the release that exists",
    ),
    ("releases", "imported_is_closed_from_birth"): (
        "a release of the past is closed from its birth, and no other is closed as imported",
        "record it with ops.import_release",
    ),
    ("gate_requirements", "hashes_are_required_only_of_evidence"): (
        "only evidence can be required with a hash",
        "leave require_hash out",
    ),
    ("gate_requirements", "exception_approvals_are_blocking"): (
        "how many must approve an exception cannot be advice",
        "leave enforcement out, or leave the requirement out",
    ),
    ("gate_requirements", "policy_can_require_the_kind"): (
        "a policy cannot require this kind",
        "kinds: prior_gate, check, no_failed_checks, approval, evidence, deployment_health, environment_healthy, "
        "deployed_artifacts, objected_elsewhere, exception_approvals",
    ),
    ("gate_requirements", "closed_by_somebody"): (
        "a closed requirement has a time and a person, or neither",
        "set the policy with ops.set_gate_policy",
    ),
    ("gate_requirements", "kind"): (
        "a requirement has no kind",
        "kinds: prior_gate, check, no_failed_checks, approval, evidence, deployment_health, environment_healthy, "
        "deployed_artifacts, objected_elsewhere, exception_approvals",
    ),
    ("gate_requirements", "gate_requirements_open_need_idx"): (
        "two requirements of the gate have the same kind and subject",
        "name each once, with min_count for how many approvals or artifacts",
    ),
    ("gate_requirements", "subject_fits_the_kind"): (
        "the subject of a requirement does not fit its kind",
        "check: the name of a check; approval: a persona; evidence: artifact types, separated by |; "
        "prior_gate: an earlier gate; the other kinds: no subject",
    ),
    ("gate_requirements", "kind_fits_the_gate"): (
        "the kind of a requirement does not fit the gate",
        "deployment_health is for G4 alone, no_failed_checks for G1, G2 and G3, and deployed_artifacts, "
        "environment_healthy and objected_elsewhere for G3",
    ),
    ("gate_requirements", "min_count_counts_approvals_or_evidence"): (
        "min_count of a requirement must be 1 to 20, and 1 for every kind but approval and evidence",
        "leave min_count out, or choose another number",
    ),
    ("gate_requirements", "only_approvals_switch_off_not_initiator_or_one_gate"): (
        "only a requirement of kind approval can have not_initiator or one_gate false",
        "leave them out",
    ),
    ("gate_requirements", "only_approvals_and_evidence_lapse"): (
        "only a requirement of kind approval or evidence can have valid_for, which is at least 1 second",
        "leave valid_for out, or give whole seconds",
    ),
    ("gate_requirements", "assurance_is_asked_only_of_approvals"): (
        "only a requirement of kind approval or exception_approvals can have own_token, aal2 or approvers",
        "leave them out",
    ),
    ("gate_requirements", "sso_is_accepted_instead_of_a_second_factor"): (
        "accept_sso says what is as good as the second factor that aal2 asks for",
        "ask for aal2 too, or leave accept_sso out",
    ),
    ("gate_requirements", "enough_approvers_are_named_once"): (
        "approvers must name 1 to 50 people, each once, and no fewer than min_count",
        "name more people, or lower min_count",
    ),
    ("gate_requirements", "alone_is_blocking"): (
        "a requirement of kind alone lets the only release manager do what otherwise takes two, and cannot be advisory",
        "leave enforcement out, or leave out the requirement",
    ),
    ("gate_requirements", "valid_for_a_while"): (
        "a requirement must end after it begins",
        "send the policy again",
    ),
}
# By constraint of a type, which many tables have.
OF_TYPES: Mapping[str, tuple[str, str]] = {
    "is_a_name_in_visible_characters": (
        "a name must have 1 to 255 bytes of visible characters in the normal form NFC, and no blank at its ends",
        "correct the name: none is mended",
    ),
    "says_something_that_can_be_seen": (
        "a reason, a risk or another text is blank or longer than 8192 bytes",
        "say it in words, in at most 8192 bytes",
    ),
    "is_no_short_commit_id": (
        "a source_ref must be a full commit id (40 or 64 hex digits) or a name; a short commit id would match nothing",
        "give the full commit id",
    ),
}
_BROKEN = re.compile(
    r'(?:(?:null value in column|relation|table) "(?P<first>[^"]+)" (?:of relation "(?P<of>[^"]+)" )?)?'
    r"violates (?P<kind>check|unique|foreign key|not-null|exclusion) constraint(?: \"(?P<constraint>[^\"]+)\")?"
)
_UNREADABLE = re.compile(r"invalid input (?:value for enum|syntax for type) [\w. ]+: (\".*\")", re.DOTALL)
_TOO_LARGE = re.compile(r"value (\".*\") is out of range for type \w+", re.DOTALL)
# What Postgres says of a right that is missing names a table or function of the schema, which helps nobody.
DENIED = "the role of this key or token may not do this"
DENIED_HERE = "the role of this key or token may do nothing here"
_DENIED = re.compile(r"permission denied for (?P<what>\w+) |new row violates row-level security policy")
_TABLES = {constraint: table for table, constraint in SENTENCES}
_ROW = "Failing row contains"


def _sentence(found: re.Match[str]) -> tuple[str, str | None]:
    constraint, table = found["constraint"], found["first"]
    if found["kind"] == "not-null":
        constraint, table = found["first"], found["of"]
    table = table or _TABLES.get(constraint or "")
    if said := SENTENCES.get((table or "", constraint or "")) or OF_TYPES.get(constraint or ""):
        return said
    of = f" of {table}" if table else ""
    match found["kind"]:
        case "not-null":
            return f"a value is missing: {constraint}{of}", "give it"
        case "foreign key":
            return f"what it refers to does not exist (rule {constraint}{of})", "record that first, or check its id"
        case "unique":
            return f"it exists already (rule {constraint}{of})", "choose another name, or go on with what exists"
    # Constraints are named for the fact that they keep true.
    return f"it breaks the rule {constraint}{of}", "docs/errors.md leads to the rules"


def in_words(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """An error of the API as it may be shown: a broken constraint becomes a sentence, and no row is quoted."""
    said = {name: str(answer.get(name) or "") for name in ("message", "details")}
    if answer.get("code") == "22P05":
        return {
            **answer,
            "message": "a text has the character NUL (U+0000), which cannot be stored",
            "details": None,
            "hint": "leave the character out",
        }
    if found := _DENIED.match(said["message"]):
        message = DENIED_HERE if found["what"] == "schema" else DENIED
        return {**answer, "message": message, "details": None, "hint": None}
    # A function of the schema may pass Postgres's sentence on as its own detail.
    if found := _BROKEN.search(said["message"]) or _BROKEN.search(said["details"]):
        message, hint = _sentence(found)
        return {**answer, "message": message, "details": None, "hint": hint}
    if _ROW in said["details"] or _ROW in said["message"]:
        return {**answer, "message": said["message"].partition(_ROW)[0] or "it breaks a rule", "details": None}
    if found := _TOO_LARGE.fullmatch(said["message"]):
        return {**answer, "message": f"the number {found[1]} is too large", "hint": "choose a smaller one"}
    if found := _UNREADABLE.fullmatch(said["details"]):
        return {**answer, "details": f"{found[1]} is not one"}
    return answer
