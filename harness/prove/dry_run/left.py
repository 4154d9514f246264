"""What is left on a stack that stays: a release that waits for each who decides, and everybody who may sign in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.prove.dry_run import reports
from harness.prove.dry_run.accounts import CI, PEOPLE
from harness.prove.dry_run.story import Story
from harness.stack import members

# Who sees more than the release needed: a second one decides, and somebody only reads.
MORE = (("release_manager", "rm-2"), ("audit_reader", "audit-1"))
DECIDES = {"qa_tester": "G2", "release_manager": "G3"}


def leave(story: Story) -> None:
    """Leave a release at each gate on which somebody decides, and say who signs in, and where; StackError if not."""
    story.console.print("\n[bold]Left to decide on[/]")
    for role, subject in MORE:
        members.grant(story.stack.client(), subject, role)
    for role, gate in DECIDES.items():
        waiting = replace(story, release_id=_built(story, f"{gate}-waits-{story.callers.run_id}"))
        if gate == "G3":
            reports.sign_off_tests(waiting, good=True)
        waiting.waits(role, gate)
    for line in _how_to_look(story):
        story.say(line)


def _built(story: Story, name: str) -> str:
    """Another release of the same commit, whose build passed."""
    opened = story.callers.type(
        "ci_service_role", "open", story.subject.project, name, "--source-ref", story.subject.source_ref,
        "--initiator", PEOPLE["developer"],
    )  # fmt: skip
    story.callers.type(
        "ci_service_role", "emit", "build_complete", opened["release_id"], "--status", "pass",
        "--run", name, "--source", "ci", "--source-ref", story.subject.source_ref,
    )  # fmt: skip
    story.say(f"{story.subject.project} {name}")
    return str(opened["release_id"])


def _how_to_look(story: Story) -> Iterator[str]:
    """Everybody with their role, how they sign in, and where the board shows the release: that comes last."""
    yield "who may sign in on the board:"
    for role, subject in (*PEOPLE.items(), *MORE):
        if subject != CI:
            yield f"  {subject:<8} {role}"
    yield "for an e-mail and a password: make -s person ARGS=NAME, for example ARGS=rm-2"
    yield f"on the board: {story.stack.board_url}#/release/{story.release_id}"
