"""The board in a browser, page by page: what it shows is what SQL says, now and at any moment before."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from harness.prove.effort import times
from harness.stack import Stack
from harness.tests.board_browser import HOSTILE, UNSEEN, Release, Team, Visit, visiting
from ops_gates import events

# So many moments at which nothing became known. Of those at which something did, every second one by day.
BETWEEN = times(5, 30)
# Goes to each place of the slider, or each address, and reads what is shown when the answer for its moment is drawn.
WALK = """async (places) => {
  const texts = (found) => [...document.querySelectorAll(found)].map((each) => each.innerText.trim());
  const send = window.fetch, drawn = () => document.querySelectorAll("main.past article.gate").length === 4;
  const told = [];
  for (const place of places) {
    let moment;
    const answered = new Promise((done) => {
      window.fetch = async (url, given) => {
        const answer = await send(url, given);
        const asked = String(url).includes("release_overview") && JSON.parse(given.body).as_of;
        if (asked) void answer.clone().text().then(() => done(moment = asked));
        return answer;
      };
    });
    if (typeof place === "string") location.hash = place;
    else {
      const slider = document.querySelector("input[type=range]");
      slider.value = place;
      for (const event of ["input", "change"]) slider.dispatchEvent(new Event(event, { bubbles: true }));
    }
    await answered;
    // What was shown of another moment is gone by then.
    for (let tries = 0; !drawn() && tries < 1000; tries++) await new Promise((done) => setTimeout(done, 5));
    const offered = texts("main button").filter((each) => /^(Decide|Open an exception|Revoke)/.test(each));
    const goes = texts("main > .goes .state").slice(1, 3);
    told.push([moment, texts("article.gate .gate-state > span"), goes, offered]);
  }
  window.fetch = send;
  return told;
}"""
OF_TIME = """
select m.at, array(
  select ops.gate_status_at(g.gate_id, m.at) from ops.release_gates g where g.release_id = %(id)s order by g.gate_code
), ops.was_eligible_for_promotion(%(id)s, 'staging', m.at), ops.was_eligible_for_promotion(%(id)s, 'production', m.at)
from unnest(%(moments)s::timestamptz[]) as m (at)
"""


@pytest.fixture(scope="module")
def team(stack: Stack) -> Team:
    return Team(stack)


@pytest.fixture(scope="module")
def told(team: Team) -> Release:
    """A release with a history: failed and passed, decided, excepted and deployed, with texts that would do harm."""
    release = team.release(0, name=f"2.0 {HOSTILE}")
    lint = [{"check_name": HOSTILE, "status": "fail"}, {"check_name": "lint", "status": "fail"}]
    mended = [{**check, "status": "pass"} for check in lint]
    release.emit(release.build("fail", checks=lint), release.build(checks=mended))
    said: dict[str, Any] = {"rationale_structured": {"reason": HOSTILE}, "rationale_text": HOSTILE + UNSEEN}
    report = [events.evidence("test_result", f"https://evidence.example/{quote(HOSTILE)}")]
    release.emit(
        release.signed("G2", "qa_tester", "rejected", **said),
        release.signed("G2", "qa_tester", evidence=report, **said),
        release.signed("G3", "release_manager", **said),
        release.deployed("staging", ref="s-1"),
        release.deployed("production", status="failed", ref="p-1"),
        release.deployed("production", ref="p-2"),
    )
    team.gates.open_exception(
        release.id, exception_type="gate_bypass", impacted_gates=["G4"], reason=HOSTILE + UNSEEN,
        risk_statement=HOSTILE, approver_id=team.subject("release_manager"),
        expires_at=datetime.now(UTC) + timedelta(hours=4),
    )  # fmt: skip
    return release


@pytest.fixture(scope="module")
def manager(browser: Browser, stack: Stack, told: Release) -> Iterator[Visit]:
    with visiting(browser, stack, told.team.logins["release_manager"]) as visit:
        yield visit


def at_moments(stack: Stack, release: Release, moments: list[str]) -> list[list[Any]]:
    """What SQL says of a release at each moment, in the words of its page; the last is what is offered."""
    with stack.connect() as connection:
        connection.execute("set role service_role")
        found = connection.execute(OF_TIME, {"id": release.id, "moments": moments}).fetchall()

    def goes(to: str, may: bool) -> str:
        return f"{'may go' if may else 'not'} to {to}"

    return [
        [at, [status.replace("_", " ") for status in gates], [goes("staging", first), goes("production", second)], []]
        for at, (_, gates, first, second) in zip(moments, found, strict=True)
    ]


def test_the_slider_shows_what_sql_says_of_each_moment_and_offers_nothing_in_the_past(
    manager: Visit, stack: Stack, told: Release
) -> None:
    manager.open(f"#/release/{told.id}")
    slider = manager.page.get_by_label("Moment")
    expect(slider).to_be_visible()
    steps = manager.page.evaluate(WALK, [*range(0, int(slider.get_attribute("max") or 0), times(2, 1))])
    # Between what became known, by the address.
    opened, newest = (datetime.fromisoformat(steps[at][0]) for at in (0, -1))
    between = [(opened + (newest - opened) * random.random()).isoformat() for _ in range(BETWEEN)]
    steps += manager.page.evaluate(WALK, [f"#/release/{told.id}?at={quote(moment)}" for moment in between])
    assert steps == at_moments(stack, told, [moment for moment, *_ in steps])
    assert len({str(each) for _, *each in steps}) > times(3, 5)
    manager.button("Now").click()
    expect(manager.page.get_by_role("button", name="Decide on G3")).to_be_visible()


def test_a_gate_moves_on_the_page_of_its_release_without_a_reload(browser: Browser, stack: Stack, team: Team) -> None:
    release = team.release(2)
    with visiting(browser, stack, team.logins["release_manager"]) as visit:
        visit.page.add_init_script("window.setInterval = () => 0")  # nothing is asked again by itself
        visit.open(f"#/release/{release.id}")
        visit.page.reload()
        gate = visit.page.locator("article.gate").nth(2)
        expect(gate).to_contain_text("Promotion")
        visit.page.evaluate("() => { window.mark = 1; }")
        gate.get_by_role("button", name="Decide on G3").click()
        gate.get_by_label("Reason").fill("it may go")
        gate.get_by_label("Address").fill("https://evidence.example/plan")
        # Somebody is faster: what was looked at is not what is there any more.
        release.emit(release.build(checks=[{"check_name": "late", "status": "pass"}]))
        gate.get_by_role("button", name="Approve").click()
        expect(visit.page.get_by_text("What changed:")).to_be_visible()
        expect(gate.get_by_label("Reason")).to_have_value("it may go")
        gate.get_by_role("button", name="Approve").click()
        expect(gate.locator(".gate-state")).to_contain_text("passed")
        expect(visit.page.locator("main > .goes")).to_contain_text("may go to production")
        expect(visit.page.locator("ol.timeline")).to_contain_text("Decision on G3")  # its history may come later
        # The slider asks for the present whenever it moves.
        build = visit.page.locator("article.gate").first
        release.emit(release.build("fail", checks=[{"check_name": "late", "status": "fail"}]))
        visit.button("Earlier").click()
        expect(visit.page.locator(".since-then")).to_contain_text("G1 was passed, and is failed.")
        release.emit(release.build(checks=[{"check_name": "late", "status": "pass"}]))
        visit.button("Now").click()
        expect(build.locator(".gate-state")).to_contain_text("passed")
        # Two builds came from different runs, and read the same but for their moments.
        alike = visit.page.locator("ol.timeline li", has_text="late").filter(has_text="pass").locator(".calm.found")
        expect(alike).to_have_text([re.compile("from .*id …"), re.compile("from .*id …")])
        assert visit.page.evaluate("() => window.mark") == 1
    assert release.gate("G3") == "passed"


def test_releases_are_found_by_filter_and_open(manager: Visit, team: Team) -> None:
    other = team.release(1)
    manager.go("Releases")
    expect(manager.card(other)).to_be_visible()
    manager.page.get_by_label("Name contains").fill("2.0 </bdi>")
    manager.button("Search").click()
    expect(manager.card(other)).to_have_count(0)
    manager.page.locator("li.release").get_by_role("link").click()
    expect(manager.page.get_by_role("heading", level=1)).to_contain_text("2.0 </bdi>")
    expect(manager.page.get_by_label("Moment")).to_be_visible()


def test_exceptions_are_opened_and_revoked(browser: Browser, stack: Stack, team: Team) -> None:
    release = team.release(1)
    with visiting(browser, stack, team.logins["release_manager"]) as visit:
        visit.open(f"#/release/{release.id}")
        visit.page.get_by_role("button", name="Open an exception").click()
        visit.page.get_by_label("Reason").fill("it must go on")
        visit.page.get_by_label("Risk").fill("nobody tested it")
        visit.button("Open the exception").click()
        expect(visit.page.locator("article.gate .gate-state > span").nth(1)).to_have_text("bypassed")
        visit.button("Decide on it").click()
        expect(visit.button("Reject")).to_be_enabled()
        visit.page.get_by_label("Reason").fill("typed before something changed")
        release.emit(release.build("fail", checks=[{"check_name": "late", "status": "fail"}]))
        visit.button("Reject").click()
        expect(visit.page.get_by_text("What changed:")).to_be_visible()
        expect(visit.page.get_by_text("G1 was passed, and is failed.")).to_be_visible()
        expect(visit.page.get_by_label("Reason")).to_have_value("typed before something changed")
        assert team.gates.rows("approvals", "approval_id", release_id=release.id) == []
        visit.button("Close").click()
        visit.go("Exceptions")
        visit.button("Revoke", visit.card(release)).click()
        visit.button("Revoke it now").click()
        expect(visit.card(release)).to_contain_text("revoked")
    assert release.gate("G2") != "bypassed"


PAGES = ("release", "Releases", "Live", "Exceptions", "Figures")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_barrier_runs_a_text_or_is_wider_than_a_narrow_window(
    manager: Visit, told: Release, name: str
) -> None:
    if name == "release":
        manager.open(f"#/release/{told.id}")
        expect(manager.page.locator("ol.timeline li").first).to_be_visible()
    else:
        manager.go(name)
        expect(manager.page.locator("main li, main figure").first).to_be_visible()
    manager.page.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    manager.unharmed()
    manager.without_barriers()


def test_what_a_spreadsheet_would_run_is_quoted_in_the_csv(manager: Visit, tmp_path: Path) -> None:
    manager.go("Figures")
    with manager.page.expect_download() as downloading:
        manager.button("Download as CSV").first.click()
    downloading.value.save_as(tmp_path / "figures.csv")
    rows = [*csv.reader(io.StringIO((tmp_path / "figures.csv").read_text(encoding="utf-8-sig")))]
    assert len(rows) > 1
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r")]
