"""The board in a browser: with many releases, and with a hostile text in every field that an answer has."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from harness.prove.effort import at_night, slow
from harness.prove.world import COMMIT
from harness.stack import Stack
from harness.tests.board_browser import HOSTILE, ROLES, Team, visiting

PAGE = 50
OPEN = """
select ops.open_release(%(project)s, 'n-' || n, 'production', %(commit)s, '{}', %(by)s)
from generate_series(1, %(count)s) as n
"""
NAMES = "(links) => links.map((each) => each.innerText)"
# Scrolls to the end, and how many milliseconds the longest wait for a frame took.
SCROLL = """() => new Promise((done) => {
  let before = performance.now(), longest = 0;
  const step = (now) => {
    longest = Math.max(longest, now - before);
    before = now;
    const at = scrollY;
    scrollBy(0, 400);
    if (scrollY === at) done(longest); else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
# Far above what a page takes, and far below what a reader would call stuck.
STUCK = 3_000


@pytest.mark.parametrize("count", [PAGE + 5, pytest.param(1000, marks=at_night("turns twenty pages of the board"))])
def test_many_releases_are_turned_page_by_page_without_a_gap_or_a_freeze(
    browser: Browser, stack: Stack, count: int
) -> None:
    team = Team(stack)
    with stack.connect() as connection:
        connection.execute("set role service_role")
        given = {"project": team.project, "commit": COMMIT, "by": team.subject("developer"), "count": count}
        connection.execute(OPEN, given)
    with visiting(browser, stack, team.logins["release_manager"]) as visit:
        visit.go("Releases")
        rows = visit.page.locator("li.release")
        found: list[str] = []
        while len(found) < count:
            expect(rows).to_have_count(min(PAGE, count - len(found)))
            found += rows.locator("a.name").evaluate_all(NAMES)
            assert visit.page.evaluate(SCROLL) < STUCK
            if len(found) == PAGE:
                team.release(0, name="opened meanwhile")  # moves nothing
            if len(found) < count:
                first = found[-PAGE]
                visit.button("Older").click()
                expect(visit.page.get_by_role("link", name=first, exact=True)).to_have_count(0)
        assert found == [f"n-{number}" for number in range(count, 0, -1)]


# What an answer may have that is no text of somebody's.
_MACHINE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d([T ].*)?|[0-9a-f]{64}", re.IGNORECASE)
_TEXTS = """
select distinct a.attname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'ops'::regnamespace and c.relkind in ('v', 'c') and a.attnum > 0 and not a.attisdropped
  and a.atttypid in ('text'::regtype, 'varchar'::regtype)
"""
_ENUMS = "select distinct enumlabel::text from pg_enum"
# The fields whose texts stand in the page outside a <bdi>.
LOOSE = r"""() => {
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), loose = new Set();
  for (let node; (node = walk.nextNode());) {
    const held = node.parentElement.closest("bdi, option, title, text, code, button");
    if (node.data.includes("top.hit=1") && !held) {
      for (const [, name] of node.data.matchAll(/(\w+) <\/bdi>/g)) loose.add(name);
    }
  }
  return [...loose].sort();
}"""


# The last words of the names of fields that SQL alone writes, roles and states: who, persona_role, status,
# status_before. Nobody can type one.
PROGRAM = {"who", "role", "status", "before"}


class Poison:
    """Puts a hostile text in place of each text of the answers of a project, whichever field has it."""

    def __init__(self, stack: Stack) -> None:
        with stack.connect() as connection:
            self.texts = {name for (name,) in connection.execute(_TEXTS)}
            self.known = {name for (name,) in connection.execute(_ENUMS)} | {*ROLES}
        self.fields: set[tuple[str, str]] = set()

    def __call__(self, route: Route) -> None:
        where = urlsplit(route.request.url).path.rpartition("/")[2]
        answer = route.fetch()
        if where in ("act_as", "my_memberships") or not answer.ok or not answer.body():
            route.fulfill(response=answer)
        else:
            route.fulfill(response=answer, json=self.of(where, "", answer.json()))

    def of(self, where: str, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.of(where, key, each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.of(where, name, each) for each in value]
        is_text = isinstance(value, str) and not _MACHINE.fullmatch(value) and value not in self.known
        # The place where the next page begins has the name of a text elsewhere.
        if not is_text and not (value is None and name in self.texts - {"before"}):
            return value
        self.fields.add((where, name))
        return f"{name} {HOSTILE}"


@slow("puts a text into each field of each answer, one after the other")
def test_a_hostile_text_in_whichever_field_is_shown_as_a_text(browser: Browser, stack: Stack) -> None:
    team = Team(stack)
    told = team.release(3)
    told.emit(told.deployed("staging", ref="s-1"), told.deployed(ref="p-1"), told.build("fail"))
    team.release(1)
    with visiting(browser, stack, team.logins["release_manager"]) as visit:
        poison, loose = Poison(stack), set[str]()
        visit.page.route("**/rest/v1/**", poison)
        for address in ("waiting", "releases", f"release/{told.id}", "live", "exceptions", "figures"):
            with visit.page.expect_response("**/rest/v1/**"):
                visit.open(f"#/{address}")
            expect(visit.page.locator("main .loading")).to_have_count(0)
            visit.page.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            visit.unharmed()
            loose |= {*visit.page.evaluate(LOOSE)}
            assert visit.page.get_by_role("alert").count() == 0, address
        assert loose <= PROGRAM
        assert len(poison.fields) > 40, sorted(poison.fields)
