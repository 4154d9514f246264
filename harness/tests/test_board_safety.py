"""The board in a browser: for everybody, whatever is typed into it, and whatever becomes of the connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from harness.stack import Stack
from harness.tests.board_browser import HOSTILE, UNSEEN, Release, Team, Visit, visiting
from harness.tests.page_bundle import supabase_js
from ops_gates import events

LOST = "Failed to load resource"


@pytest.fixture(scope="module")
def team(stack: Stack) -> Team:
    return Team(stack)


def decision(visit: Visit, release: Release, reason: str) -> None:
    """Open the form of what waits, and type."""
    card = visit.card(release)
    card.get_by_role("button").first.click()
    card.get_by_label("Reason").fill(reason)
    card.get_by_label("Address").fill("https://evidence.example/1")


# Who can use it


@pytest.fixture(scope="module")
def manager(browser: Browser, stack: Stack, team: Team) -> Iterator[Visit]:
    """A release manager who is signed in, with something of each kind to look at."""
    team.release(2, name="1.0.0")
    with visiting(browser, stack, team.logins["release_manager"]) as visit:
        yield visit


def test_signing_in_has_no_barrier_and_fits_a_narrow_window(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack) as visit:
        expect(visit.button("Sign in")).to_be_visible()
        visit.without_barriers()


def test_waiting_has_no_barrier_and_fits_a_narrow_window(manager: Visit) -> None:
    manager.go("Waiting")
    manager.page.get_by_role("listitem").get_by_role("button").first.click()
    expect(manager.page.get_by_label("Reason")).to_be_visible()
    expect(manager.button("Approve")).to_be_enabled()
    manager.without_barriers()


# The name of what has the focus; nothing while only the page as a whole has it, which holds every name.
FOCUSED = """() => {
  const { activeElement: one, body } = document;
  if (one === body) return "";
  return [one.ariaLabel ?? one.textContent, ...[...one.labels ?? []].map(label => label.textContent)].join();
}"""


def test_a_keyboard_alone_decides(browser: Browser, stack: Stack, team: Team) -> None:
    release = team.release(1)

    def tab_to(page: Page, name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if name in page.evaluate(FOCUSED):
                return
        raise AssertionError(f"no Tab leads to {name}")

    with visiting(browser, stack) as visit:
        keyboard, login = visit.page.keyboard, team.logins["qa_tester"]
        expect(visit.button("Sign in")).to_be_visible()
        for label, typed in (("E-mail", login.email), ("Password", login.password)):
            tab_to(visit.page, label)
            keyboard.type(typed)
        keyboard.press("Enter")
        expect(visit.card(release)).to_be_visible()
        tab_to(visit.page, release.name)  # the link comes before the button, and both name the release
        tab_to(visit.page, release.name)
        keyboard.press("Enter")
        expect(visit.card(release).get_by_label("Reason")).to_be_focused()
        keyboard.type("it is as it should be")
        expect(visit.card(release).get_by_label("Address")).to_be_visible()  # once the form has looked at the release
        tab_to(visit.page, "Address")
        keyboard.type("https://evidence.example/1")
        expect(visit.button("Approve")).to_be_enabled()
        tab_to(visit.page, "Approve")
        keyboard.press("Enter")
        expect(visit.card(release)).to_have_count(0)
    assert release.gate("G2") == "passed"


# What is typed into it


def test_hostile_texts_are_shown_as_texts(browser: Browser, stack: Stack, team: Team) -> None:
    release = team.release(0, name=f"1.0 {HOSTILE}")
    release.emit(release.build(checks=[{"check_name": HOSTILE, "status": "pass"}]))
    with visiting(browser, stack, team.logins["qa_tester"]) as visit:
        card = visit.page.get_by_role("listitem").filter(has_text="1.0 </bdi><img")
        expect(card).to_contain_text("onerror='top.hit=1'><script>top.hit=1</script>")
        visit.unharmed()
        card.get_by_role("button").first.click()
        card.get_by_label("Reason").fill(HOSTILE + UNSEEN)
        card.get_by_label("Address").fill("javascript:top.hit=1")
        visit.button("Approve").click()
        expect(visit.page.get_by_role("alert")).to_contain_text("https")
        card.get_by_label("Address").fill("https://evidence.example/1")
        visit.button("Approve").click()
        expect(card).to_have_count(0)
        visit.unharmed()
    assert release.gate("G2") == "passed"


# Who may ask


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """A page that frames the address in its query, if it has one."""
        named = parse_qs(urlsplit(self.path).query).get("frame")
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(f"<title>other</title><iframe src={named[0]}></iframe>".encode() if named else b"<p>blank")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """The port of a server with pages of other origins."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Blank) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_no_other_page_frames_it(browser: Browser, stack: Stack, elsewhere: int) -> None:
    """By its headers, and by itself where a host sends none."""
    headers = ("content-security-policy", "x-frame-options", "cross-origin-resource-policy")

    def without_headers(route: Route) -> None:
        answer = route.fetch()
        kept = {name: value for name, value in answer.headers.items() if name not in headers}
        route.fulfill(response=answer, headers=kept)

    context = browser.new_context()
    try:
        page, said = context.new_page(), list[str]()
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"http://localhost:{elsewhere}/?frame={stack.board_url}")
        assert ["refused" in line or "violates" in line for line in said] == [True], said
        page.route(f"{stack.board_url}**", without_headers)
        page.reload()
        inner = page.frame_locator("iframe")
        expect(inner.get_by_role("link")).to_have_attribute("href", stack.board_url)
        expect(inner.get_by_label("Password")).to_have_count(0)
    finally:
        context.close()


# A page signs in, and sends an event to the function, by supabase-js.
SEND = """async ({ url, key, login, event }) => {
  const client = createClient(url, key, { auth: { persistSession: false } });
  const { data: { session } } = await client.auth.signInWithPassword(login);
  if (!session) return "not signed in";
  const { data, error } = await client.functions.invoke("ops-event-ingest", { body: event });
  return error ? error.name : data.status;
}"""


def test_the_function_answers_pages_of_allowed_origins_alone(
    browser: Browser, stack: Stack, team: Team, elsewhere: int, tmp_path: Path
) -> None:
    release, login, library = team.release(1), team.logins["qa_tester"], supabase_js(tmp_path)
    event = events.by_hand(release.signed("G2", "qa_tester"), login.subject)
    context = browser.new_context()
    try:
        page, said = context.new_page(), list[str]()
        page.on("console", lambda message: said.append(message.text))
        given = {
            "url": stack.url, "key": stack.publishable_key, "event": event,
            "login": {"email": login.email, "password": login.password},
        }  # fmt: skip
        tried = (("foreign.example", "FunctionsFetchError", "pending"), ("localhost", "accepted", "passed"))
        for host, answered, gate in tried:
            page.goto(f"http://{host}:{elsewhere}")
            page.add_script_tag(content=library, type="module")
            page.wait_for_function("() => 'createClient' in window")
            assert page.evaluate(SEND, given) == answered, said
            assert release.gate("G2") == gate
        assert [line for line in said if "CORS policy" in line], said
    finally:
        context.close()


# What becomes of the connection


def test_what_was_typed_outlives_a_lost_connection_and_counts_once(browser: Browser, stack: Stack, team: Team) -> None:
    release = team.release(1)
    with visiting(browser, stack, team.logins["qa_tester"], faults=[LOST]) as visit:
        decision(visit, release, "kept while nothing answers")
        expect(visit.button("Approve")).to_be_enabled()
        visit.page.context.set_offline(True)
        visit.button("Approve").click()
        expect(visit.page.get_by_role("alert").first).to_be_visible()
        expect(visit.card(release).get_by_label("Reason")).to_have_value("kept while nothing answers")
        visit.page.context.set_offline(False)
        # The next try arrives, and its answer is lost.
        visit.page.route("**/rpc/ingest_event", lambda route: (route.fetch(), route.abort())[1], times=1)
        visit.button("Approve").click()
        expect(visit.page.get_by_role("alert").first).to_be_visible()
        expect(visit.button("Approve")).to_be_enabled()
        assert release.gate("G2") == "passed"
        visit.button("Approve").click()
        expect(visit.page.get_by_text("on record already")).to_be_visible()
    approvals = team.gates.rows("approvals", "approval_id", release_id=release.id)
    assert len(approvals) == 1


def test_what_was_typed_outlives_the_end_of_a_session(browser: Browser, stack: Stack, team: Team) -> None:
    if stack.people is None:
        pytest.skip("ends sessions of the local stack")
    release, login = team.release(1), team.logins["qa_tester"]
    with visiting(browser, stack, login, faults=[LOST]) as visit:
        # An hour later the token has expired, and its session has ended.
        visit.page.clock.install()
        visit.page.reload()
        decision(visit, release, "kept while nobody is signed in")
        expect(visit.button("Approve")).to_be_enabled()
        other = stack.people.begin(login.email, login.password)
        assert other is not None
        stack.people.end(other.session_id, "global")
        visit.page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=2))
        visit.button("Approve").click()
        expect(visit.button("Sign in")).to_be_visible()
        assert release.gate("G2") != "passed"
        visit.page.clock.set_system_time(datetime.now(UTC))
        visit.sign_in(login)
        card = visit.card(release)
        card.get_by_role("button").first.click()
        expect(card.get_by_label("Reason")).to_have_value("kept while nobody is signed in")
        expect(card.get_by_label("Address")).to_have_value("https://evidence.example/1")
        card.get_by_label("Reason").fill("and said again")  # what the clock of two hours later drew up is not sent
        # The database takes this token to have expired too: the page gets another one, and goes on.
        refused = {"code": "PGRST303", "message": "JWT expired", "details": None, "hint": None}
        tries: list[Route] = []

        def answer(route: Route) -> None:  # not `times=1`: the next try comes at once, and may meet the end of that
            tries.append(route)
            route.fulfill(status=401, json=refused) if len(tries) == 1 else route.continue_()

        visit.page.route("**/rpc/ingest_event", answer)
        visit.button("Approve").click()
        expect(card).to_have_count(0)
        assert len(tries) == 2
    assert release.gate("G2") == "passed"
