"""Stories of the only release manager there is, whom policy lets do alone what otherwise takes two."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from harness.prove.model_people import MANAGER
from harness.tests.release_history.drawn import SOLO
from harness.tests.release_history.stories import BUILD, PASSWORD, STORIES, Drawn, Stories, told

BEFORE = frozenset(STORIES)
OTHERS = """
    select subject, project from ops.v_memberships
    where role = 'release_manager' and subject <> %s and (project is null or project = %s)
"""


def alone_after(m: Stories, hours: int) -> None:
    """Set for how many hours nobody else must have been a manager before somebody is alone; 24 is the rule."""
    with m.caller("none"):
        query = "select pg_get_functiondef('ops_private.alone_after()'::regprocedure) as sql"
        [defined] = m.ask(query)
        m.db.execute(re.sub(r"'\d+ hours'", f"'{hours} hours'", defined["sql"]))
    m.people.waited = hours == 0


@contextlib.contextmanager
def only_manager(m: Stories, person: str) -> Iterator[None]:
    """Let somebody be the only release manager of the project; who was one of every project is one again afterwards."""
    subject = m.become(person, MANAGER)
    if not m.people.holds(m.lead, "audit_reader", m.project):
        m.admit("lead", "audit_reader", None)  # they go on wanting changes
    others = m.ask(OTHERS, subject, m.project)
    try:
        for other in others:
            query = "select ops.revoke_membership(%s, 'release_manager', %s, %s, 'one is left')"
            m.ask(query, other["subject"], other["project"], m.lead)
            m.people.revoke(other["subject"], MANAGER, other["project"], m.lead)
        yield
    finally:
        alone_after(m, 24)
        for other in others:
            # The leads of histories that are over are nobody's.
            if other["project"] is None and (other["subject"] == m.lead or not other["subject"].startswith("lead-")):
                m.reinstate(other["subject"])


@told("policy may let the only manager approve exceptions", policy=SOLO)
def _alone_excepts(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(status="fail")
    with only_manager(m, "dev-1"):
        m.allow_exception("gate_bypass", {"G1"}, 0, None, PASSWORD, "dev-1")
        alone_after(m, 0)
        m.allow_exception("gate_bypass", {"G1"}, 0, None, None, "dev-1")
        yield
        m.allow_exception("gate_bypass", {"G1", "G2"} if v.flag else {"G1"}, 0, None, PASSWORD, "dev-1")
        yield
        if v.flag:
            m.become("rm-2", MANAGER)
        m.allow_exception("gate_bypass", {"G3"}, 0, None, PASSWORD, "dev-1")
        yield


@told("who dismissed alone keeps what they approved before", policy=SOLO)
def _alone_dismisses(m: Stories, v: Drawn) -> Iterator[None]:
    m.passes(status="fail")
    with only_manager(m, "rm-1"):
        m.allow_exception("gate_bypass", {"G1"}, 0, None, PASSWORD)
        m.refuses(BUILD, {"status": "fail", "check_name": v.check})
        yield
        m.dismiss_one(m.model.contested[-1], "rm-1")
        alone_after(m, 0)
        yield
        m.dismiss_one(m.model.contested[-1], "rm-1")
        m.look_as("rm-1", 0)
        yield
        m.allow_exception("gate_bypass", {"G2"}, 0, None, PASSWORD if v.flag else None)
        yield


TOLD = frozenset(STORIES) - BEFORE
