"""The board in a real browser: people who sign in there, and what the browser saw while they did."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from harness.prove.world import COMMIT, register_people
from harness.stack import Stack, members, projects
from harness.stack.parts import ROOT
from harness.stack.people import Login
from ops_gates import events
from ops_gates.client import Gates
from ops_gates.events import Envelope
from ops_gates.retry import Retry

ROLES = ("release_manager", "qa_tester", "sre", "developer", "audit_reader")
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
HOSTILE = "</bdi><img src=x onerror='top.hit=1'><script>top.hit=1</script>{{x}}${x}&amp;\"`=1+1"
# What changes the order of characters, or is not seen: a reason may have it, a name not.
UNSEEN = "\u202e\u2066\u200b"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 800}


@dataclass
class Team:
    """A project of its own, with a person of each role who can sign in."""

    stack: Stack
    project: str = field(default_factory=lambda: f"acme/board-{uuid.uuid4().hex[:8]}")
    logins: dict[str, Login] = field(default_factory=dict)

    def __post_init__(self) -> None:
        register_people(self.stack)  # there is somebody who may want the memberships
        projects.register(self.stack.client(), self.project)
        for role in ROLES:
            self.join(role, role)
        self.gates = Gates(self.stack.client(), Retry.never())

    def join(self, name: str, *roles: str) -> Login:
        """Somebody with these roles, who can sign in."""
        subject = f"{name}-{self.project[-8:]}"
        for role in roles:
            members.grant(self.stack.client(), subject, role, project=self.project)
        self.logins[name] = self.stack.person(f"{subject}@local.invalid", subject=subject)
        return self.logins[name]

    def subject(self, role: str) -> str:
        return self.logins[role].subject

    def release(self, passed: int = 1, name: str | None = None, **more: Any) -> Release:
        """A release that waits for the gate after those that passed."""
        named = name or f"v-{uuid.uuid4().hex[:8]}"
        initiator = self.subject("developer")
        found = self.gates.open_release(self.project, named, "production", COMMIT, initiating_actor=initiator, **more)
        release = Release(self, found, named)
        release.emit(*release.until(passed))
        return release


@dataclass
class Release:
    """An open release of a team."""

    team: Team
    id: UUID
    name: str

    def until(self, passed: int) -> list[Envelope]:
        """The events that bring the first gates to passed."""
        sent = [self.build(), self.signed("G2", "qa_tester"), self.signed("G3", "release_manager")]
        return sent[:passed]

    def build(self, status: str = "pass", **payload: Any) -> Envelope:
        return events.build_complete(self.id, run_id=uuid.uuid4().hex, status=status, **payload)

    def signed(
        self, gate: str, role: str, decision: str = "approved", persona: str | None = None, **payload: Any
    ) -> Envelope:
        artifact = {"G2": "test_result", "G3": "rollback_plan"}[gate]
        said = {
            "rationale_structured": {"criteria_met": True},
            "evidence": [events.evidence(artifact, "https://evidence.example/1")],
            **payload,
        }
        return events.gate_signoff(
            self.id, gate, session_id=uuid.uuid4().hex, decision=decision,
            approver_id=self.team.subject(role), persona_role=persona or role, **said,
        )  # fmt: skip

    def deployed(self, environment: str = "production", status: str = "succeeded", ref: str = "d-1") -> Envelope:
        return events.deployment_event(
            self.id, environment=environment, deployment_ref=ref, status=status, source_ref=COMMIT,
            run_id=uuid.uuid4().hex,
        )  # fmt: skip

    def emit(self, *sent: Envelope) -> None:
        for event in sent:
            answer = self.team.gates.emit(event)
            assert answer.kept, answer

    def gate(self, code: str) -> str:
        """The stored status of a gate."""
        rows = self.team.gates.rows("release_gates", "gate_code,status", release_id=self.id)
        return str({row["gate_code"]: row["status"] for row in rows}[code])


@dataclass
class Visit:
    """A tab in which the board is open, and what became of it."""

    page: Page
    board: str
    said: list[str] = field(default_factory=list)
    """What the console shows as an error, and what was thrown."""
    hosts: set[str] = field(default_factory=set)
    clicks: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def open(self, route: str = "") -> None:
        self.page.goto(f"{self.board}{route}")

    def sign_in(self, login: Login) -> None:
        self.page.get_by_label("E-mail").fill(login.email)
        self.page.get_by_label("Password").fill(login.password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_role("navigation")).to_be_visible()

    def go(self, page: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=page, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def click(self, place: Locator) -> None:
        """Click, counted."""
        self.clicks += 1
        place.click()

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def card(self, release: Release) -> Locator:
        """What waits about a release."""
        return self.page.get_by_role("listitem").filter(has=self.page.get_by_role("link", name=release.name))

    def barriers(self) -> list[str]:
        """What axe-core finds on the page as it is now. It runs beside the page, which takes no text as code."""
        self.page.evaluate(f"() => {{ const define = undefined, module = undefined; {AXE} }}")
        found = self.page.evaluate("async () => (await axe.run(document)).violations")
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]

    def without_barriers(self) -> None:
        """Nobody is kept out, in either theme, and a narrow window needs no scrolling sideways."""
        themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for theme in themes:
            self.page.emulate_media(color_scheme=theme)
            assert self.barriers() == [], theme
        self.page.set_viewport_size(NARROW)
        wider = "() => [...document.querySelectorAll('main *')].map(one => one.getBoundingClientRect().right)"
        assert not self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"), max(
            self.page.evaluate(wider)
        )
        self.page.set_viewport_size(WIDE)

    def unharmed(self) -> None:
        """No text became a part of the page."""
        counted = "() => [window.hit ?? null, document.querySelectorAll('img, main script').length]"
        assert self.page.evaluate(counted) == [None, 0]


@contextlib.contextmanager
def visiting(
    browser: Browser, stack: Stack, login: Login | None = None, *, faults: Sequence[str] = (), **options: Any
) -> Iterator[Visit]:
    """A new tab with the board, signed in if a login is given; it must end without an error and a foreign request.

    `faults` are what the console may show, because the test makes it happen.
    """
    context: BrowserContext = browser.new_context(
        **{"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce", **options}
    )
    context.set_default_timeout(PATIENCE)
    try:
        visit = Visit(context.new_page(), stack.board_url)
        visit.open()
        if login is not None:
            visit.sign_in(login)
        yield visit
        assert [line for line in visit.said if not any(fault in line for fault in faults)] == []
        assert visit.hosts <= {urlsplit(stack.url).netloc, ""}
    except AssertionError as error:
        for page in context.pages:
            error.add_note(f"the page said:\n{page.locator('body').inner_text()}")
        raise
    finally:
        context.close()
