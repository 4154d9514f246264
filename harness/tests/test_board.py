"""The board in a browser: whoever signs in finds what waits for them, decides, and sees the gate move."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from harness.stack import Stack, members, wait_until
from harness.tests.board_browser import ROLES, Team, visiting
from ops_gates import events


@pytest.fixture(scope="module")
def team(stack: Stack) -> Team:
    return Team(stack)


PAGES = {
    "release_manager": ["Waiting", "Releases", "Live", "Exceptions", "Figures"],
    "audit_reader": ["Waiting", "Releases", "Live", "Exceptions", "Figures"],
    "sre": ["Waiting", "Releases", "Live"],
    "qa_tester": ["Waiting", "Releases"],
    "developer": ["Waiting", "Releases"],
}
# Whoever decides on a gate, which one, how many gates are passed then, and the document that it asks for.
DECIDERS = {"qa_tester": ("G2", 1), "release_manager": ("G3", 2)}


@pytest.mark.parametrize("role", DECIDERS)
def test_somebody_who_decides_finds_it_waiting_and_takes_two_clicks_and_one_text(
    browser: Browser, stack: Stack, team: Team, role: str
) -> None:
    gate, passed = DECIDERS[role]
    release = team.release(passed)
    assert release.gate(gate) != "passed"
    with visiting(browser, stack, team.logins[role]) as visit:
        card = visit.card(release)
        visit.click(card.get_by_role("button"))
        form = card.locator("form")
        form.get_by_label("Reason").fill("it is as it should be")
        form.get_by_label("Address").fill("https://evidence.example/1")
        visit.click(visit.button("Approve", form))
        expect(card).to_have_count(0)
        assert (visit.clicks, release.gate(gate)) == (2, "passed")


FORCED = """async ({ login, event, url, key }) => {
  const headers = { apikey: key, "content-type": "application/json" };
  const post = (path, body, more) =>
    fetch(url + path, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) });
  const { access_token } = await (await post("/auth/v1/token?grant_type=password", login)).json();
  return (await post("/functions/v1/ops-event-ingest", event, { authorization: `Bearer ${access_token}` })).status;
}"""


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_offered_what_it_may_do_and_is_refused_what_it_forces(
    browser: Browser, stack: Stack, team: Team, role: str
) -> None:
    gate, passed, persona = ("G3", 2, "release_manager") if role == "qa_tester" else ("G2", 1, "qa_tester")
    release = team.release(passed)
    with visiting(browser, stack, team.logins[role], faults=["403"]) as visit:
        assert visit.page.get_by_role("navigation").get_by_role("link").all_inner_texts() == PAGES[role]
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Waiting for you")
        expect(visit.card(release)).to_have_count(0)
        login = {"email": team.logins[role].email, "password": team.logins[role].password}
        forged = events.by_hand(release.signed(gate, role, persona=persona), team.subject(role))
        given = {"login": login, "event": forged, "url": stack.url, "key": stack.publishable_key}
        assert visit.page.evaluate(FORCED, given) == 403
        visit.open(f"#/release/{release.id}")
        expect(visit.page.locator("article.gate")).to_have_count(4)
        expect(visit.button(f"Decide on {gate}")).to_have_count(0)
    assert release.gate(gate) != "passed"


def test_a_page_that_is_open_shows_what_others_did_without_a_reload(browser: Browser, stack: Stack, team: Team) -> None:
    release = team.release(1)
    with visiting(browser, stack) as visit:
        visit.page.clock.install()
        visit.open()
        visit.sign_in(team.logins["release_manager"])
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Waiting for you")
        expect(visit.card(release)).to_have_count(0)
        visit.page.evaluate("() => { window.mark = 1; }")
        release.emit(release.signed("G2", "qa_tester"))
        visit.page.clock.run_for(16_000)
        expect(visit.card(release)).to_be_visible()
        assert visit.page.evaluate("() => window.mark") == 1


@pytest.mark.parametrize("role", ["release_manager", "sre"])
def test_what_was_told_to_nobody_is_shown_to_whoever_may_read_it_with_the_command_that_tries_it_again(
    browser: Browser, stack: Stack, role: str
) -> None:
    team = Team(stack)
    target = {"project": team.project, "target": "chat", "format": "slack", "secret_name": "OPS_NOTICE_TEST"}
    wanted = {"on_behalf_of": team.subject("release_manager"), "reason": "a test"}
    stack.client().rpc("set_notice_target", {**target, **wanted}).execute()
    team.release(1)
    with stack.connect(autocommit=True) as connection:
        [(delivery,)] = connection.execute(
            "update ops.notice_deliveries set state = 'set_aside', attempt = 9, failures = 9,"
            " last_error = 'http_status', http_status = 410, ended_at = clock_timestamp()"
            " where project = %s returning delivery_id::text",
            [team.project],
        ).fetchall()
    stack.client().rpc("set_notice_target", {**target, **wanted, "kinds": []}).execute()
    with visiting(browser, stack, team.logins[role]) as visit:
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Waiting for you")
        card = visit.page.get_by_role("listitem").filter(has_text="Not delivered to chat")
        if role == "sre":
            expect(visit.page.locator(".loading")).to_have_count(0)
            expect(card).to_have_count(0)
        else:
            expect(card).to_contain_text("http_status 410, after 9 tries")
            expect(card).to_contain_text(f"ops-gates notices retry {delivery}")
            visit.without_barriers()


def test_whose_role_was_revoked_is_told_so_where_a_view_shows_nothing(
    browser: Browser, stack: Stack, team: Team
) -> None:
    login = team.join("leaver", "sre")
    with visiting(browser, stack, login, faults=["403"]) as visit:
        visit.go("Live")
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Live")
        members.revoke(stack.client(), login.subject)
        heading = visit.page.get_by_role("heading", level=1)

        def told() -> bool:
            visit.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")  # looked at again
            return heading.text_content() == "You hold no role yet"

        wait_until(told, 30, "the page says that they hold no role")


def test_a_wrong_password_is_said_and_signing_out_ends_every_session(
    browser: Browser, stack: Stack, team: Team
) -> None:
    login = team.logins["audit_reader"]
    with visiting(browser, stack, faults=["400"]) as visit:
        visit.page.get_by_label("E-mail").fill(login.email)
        visit.page.get_by_label("Password").fill("wrong")
        visit.button("Sign in").click()
        expect(visit.page.get_by_role("alert")).to_contain_text("e-mail")
        visit.sign_in(login)
        kept = visit.page.evaluate("() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")
        assert "eyJ" not in kept, "the access token stays in memory"
        visit.page.reload()
        expect(visit.page.get_by_role("navigation")).to_be_visible()
        visit.button("Sign out everywhere").click()
        expect(visit.button("Sign in")).to_be_visible()
        visit.page.reload()
        expect(visit.button("Sign in")).to_be_visible()
