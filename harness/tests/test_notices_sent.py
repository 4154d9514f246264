"""The sender of notices on a running stack: each is delivered at least once and in order, whatever is killed."""

from __future__ import annotations

import contextlib
import random
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from harness.prove.chaos.faults import kill_all, killing
from harness.prove.effort import at_night, slow
from harness.prove.world import SqlGates, World, register_people
from harness.stack import Stack, run_cluster
from harness.stack.parts import ROOT
from harness.stack.process import Ports, wait_until
from harness.tests.notice_receiver import Receiver, receiving
from harness.tests.page_blocks import MAKE, blocks, run
from harness.tests.terminal import failed, somebody
from ops_gates.core import SENDER
from ops_gates.exit_codes import Code

TARGETS = ("/a", "/b")
PROJECT = "acme/shop"
# Delivered, or true no more: another one stands for it, or what it said has passed.
ENDED = {"delivered", "merged", "past"}


def one_in_five(_path: str, number: int) -> int:
    """A receiver that fails one in five."""
    return 503 if number % 5 == 4 else 204


def secrets_for(receiver: Receiver) -> dict[str, str]:
    """The secrets of a sender whose targets are this receiver's."""
    named = {f"OPS_NOTICE_{path[1:].upper()}": receiver.secret(path) for path in TARGETS}
    return {
        **named,
        "OPS_NOTICE_CHAT": receiver.secret("/chat", signed=False),
        "OPS_NOTICE_MALFORMED": "https://hooks.example/T0HIDDEN",
        "OPS_NOTICE_INSIDE": receiver.secret("/").replace(receiver.host, "127.0.0.1").replace("http:", "https:"),
        "OPS_NOTICE_PRIVATE_ADDRESSES": receiver.host,
    }


def set_target(stack: Stack, name: str, how: str = "webhook", secret: str | None = None) -> None:
    """Have notices of the project sent to a target."""
    asked = {"project": PROJECT, "target": name, "format": how, "secret_name": secret or f"OPS_NOTICE_{name.upper()}"}
    stack.client().rpc("set_notice_target", {**asked, "on_behalf_of": "rm-1", "reason": "a test"}).execute()


def call(stack: Stack, **given: Any) -> dict[str, int]:
    """Have what is due sent once; what the sender answered."""
    answer = stack.http.post(f"{stack.functions_url}/{SENDER}", headers={"apikey": stack.secret_key}, **given)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def a_history(connection: psycopg.Connection[dict[str, Any]], stack: Stack) -> World:
    """A release that is deployed before it may be, is waited for, and is promoted: the facts of several notices."""
    world = World(stack, over=SqlGates(connection))
    world.emit(world.deployment("staging", "s-1"), *world.until_gate(3), world.deployment("production", "p-1"))
    return world


def produce(stack: Stack, notices: int, undone: set[str], stop: threading.Event) -> None:
    """Record releases until so many deliveries stay true, each in one transaction; one in four is rolled back."""
    chance = random.Random(2)
    while not stop.is_set():
        with (
            contextlib.suppress(psycopg.OperationalError, psycopg.errors.InterfaceError),
            psycopg.connect(stack.db_url, row_factory=dict_row) as connection,
        ):
            world = a_history(connection, stack)
            connection.execute("reset role")
            row = connection.execute(
                "select count(*) as n from ops.notice_deliveries where kind <> 'gate_waits'"
            ).fetchone()
            if chance.random() < 0.25:
                rows = connection.execute(
                    "select notice_id from ops.notices where release_id = %s", [world.release_id]
                ).fetchall()
                undone |= {str(each["notice_id"]) for each in rows}
                connection.rollback()
            elif row and row["n"] >= notices:
                return


def let_time_pass(stack: Stack, *, leases: bool = False) -> None:
    """Make due what waits for its next try; with `leases`, also what a sender that is gone had claimed."""
    states = "('waiting', 'claimed')" if leases else "('waiting')"
    with contextlib.suppress(psycopg.OperationalError), stack.connect(autocommit=True) as connection:
        connection.execute(
            f"update ops.notice_deliveries set due_at = clock_timestamp() where state in {states}"
            " and due_at > clock_timestamp()"
        )


def states(stack: Stack) -> dict[str, int]:
    """How many deliveries are in each state."""
    with stack.connect() as connection:
        rows = connection.execute("select state::text, count(*) from ops.notice_deliveries group by 1").fetchall()
    return dict(rows)


def check_arrivals(stack: Stack, receiver: Receiver, undone: set[str]) -> None:
    """Each delivery arrived at least once and in order, none that was rolled back, and ids let repeats be dropped."""
    with stack.connect() as connection:
        rows = connection.execute(
            "select d.target_name, d.release_id, d.notice_id::text, d.state::text, d.yields, d.attempt"
            " from ops.notice_deliveries d order by d.place"
        ).fetchall()
    assert {state for *_, state, _, _ in rows} <= ENDED
    assert receiver.forged == 0
    assert not undone & {each.id for each in receiver.arrivals}
    for path in TARGETS:
        told = [row for row in rows if row[0] == path[1:] and row[3] == "delivered"]
        arrived = [each.id for each in receiver.taken(path)]
        # One whose outcome was lost may have become untrue before the next try.
        assert {notice for _, _, notice, *_ in told} <= {*arrived} <= {row[2] for row in rows if row[5] > 0}
        yielding = {row[1] for row in rows if row[4]}
        for release in {row[1] for row in told} - yielding:
            expected = [notice for _, of, notice, *_ in told if of == release]
            assert [each for each in arrived if each in {*expected}] == expected, release


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture(scope="module")
def sending(stack: Stack, receiver: Receiver) -> Iterator[Stack]:
    """A stack with a sender, and targets of each kind: two that work, a chat, and some that cannot."""
    if stack.cluster is None:
        pytest.skip(f"needs a sender of its own, and OPS_STACK={stack.kind} has none")
    with stack.cluster.clone(notices=secrets_for(receiver)) as made:
        register_people(made)
        yield made


def test_notices_are_sent_signed_in_order_and_none_that_was_rolled_back(sending: Stack, receiver: Receiver) -> None:
    receiver.answer = one_in_five
    for name in ("a", "b"):
        set_target(sending, name)
    undone: set[str] = set()
    produce(sending, 16, undone, threading.Event())
    assert undone
    assert sending.sender
    back = killing(sending.sender.service)()
    back()
    let_time_pass(sending, leases=True)

    def all_ended() -> bool:
        call(sending)
        let_time_pass(sending)
        return {*states(sending)} <= ENDED

    wait_until(all_ended, 60, "every notice to be delivered")
    check_arrivals(sending, receiver, undone)
    receiver.answer = lambda _path, _number: 204


def test_what_cannot_be_sent_is_recorded_by_its_code_and_keeps_nothing_else_waiting(
    sending: Stack, receiver: Receiver
) -> None:
    set_target(sending, "chat", "slack")
    set_target(sending, "missing", "slack")
    set_target(sending, "malformed", "slack")
    set_target(sending, "inside")
    with psycopg.connect(sending.db_url, row_factory=dict_row) as connection:
        world = a_history(connection, sending)
    done = call(sending)
    assert done["failed"] == 3  # the first one of each; what comes after it waits its turn
    assert done["delivered"] >= 3
    rows = sending.client().rpc("claim_notices", {"batch": 1}).execute().data
    assert rows == []
    with sending.connect() as connection:
        found = dict(
            connection.execute(
                "select target_name::text, last_error from ops.notice_deliveries where release_id = %s"
                " and last_error is not null",
                [world.release_id],
            ).fetchall()
        )
    assert found == {"missing": "secret_missing", "malformed": "secret_malformed", "inside": "private_address"}
    message = receiver.taken_at("/chat")[0]
    link = f"{sending.board_url}#/release/{world.release_id}"
    assert [block["text"]["text"] for block in message["blocks"] if block.get("text", {}).get("type") == "mrkdwn"] == [
        f"<{link}|Open the release>"
    ]
    assert sending.sender
    said = sending.sender.service.log.read_text()
    assert "secret_malformed" in said
    assert not any(hidden in said for hidden in ("HIDDEN", "whsec_", receiver.host, "hooks.example"))


def test_only_a_secret_key_has_notices_sent(sending: Stack) -> None:
    url = f"{sending.functions_url}/{SENDER}"
    for token in (None, sending.token("release_manager", "rm-1"), sending.token("service_role", None)):
        headers = {"apikey": sending.publishable_key, **({"authorization": f"Bearer {token}"} if token else {})}
        assert sending.http.post(url, headers=headers).status_code == 401
    manager = somebody(sending, "release_manager", "rm-1")
    assert failed(manager("notify"), Code.NOT_ALLOWED).startswith("unauthorized: ")


@slow("runs the blocks of a page")
def test_every_block_of_the_trial_does_what_the_page_says(stack: Stack, tmp_path: Path) -> None:
    if stack.cluster is None:
        pytest.skip(f"needs a sender of its own, and OPS_STACK={stack.kind} has none")
    page = (ROOT / "docs" / "notices.md").read_text()
    with contextlib.closing(Ports()) as ports:
        port = str(ports.lease())
        given = {name: value.replace("9999", port) for name, value in re.findall(r"(OPS_NOTICE_\w+)='?([^'\s]+)", page)}
        with stack.cluster.clone(notices=given) as own:
            (tmp_path / ".venv").symlink_to(sys.prefix)
            (tmp_path / "project").write_text(
                f"export SUPABASE_URL={own.url}\nexport SUPABASE_SECRET_KEY={own.secret_key}\n"
            )
            begin = "set -em; trap 'kill %1 2>/dev/null || :' EXIT"  # the page has ended the receiver itself
            script = "\n".join([begin, MAKE.replace("set -uo", "set -o"), *blocks(page, "bash")]).replace("9999", port)
            done = run(["bash", "-s"], script, tmp_path, XDG_CONFIG_HOME=str(tmp_path / "home"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 claimed, 1 delivered" in done.stdout
    received = (tmp_path / "received.txt").read_text()
    assert f"<{own.board_url}#/release/" in received


@at_night("kills Postgres and the sender 25 times each while 1,000 notices are sent")
def test_no_notice_is_lost_or_out_of_order_whatever_is_killed() -> None:
    undone: set[str] = set()
    stop = threading.Event()
    with (
        receiving(one_in_five) as receiver,
        run_cluster(kind="embedded", fast=False) as cluster,
        cluster.clone(notices=secrets_for(receiver)) as stack,
    ):
        register_people(stack)
        for name in ("a", "b"):
            set_target(stack, name)
        producer = threading.Thread(target=produce, args=(stack, 1_000, undone, stop), daemon=True)
        caller = threading.Thread(target=keep_calling, args=(stack, stop), daemon=True)

        def ended() -> bool:
            let_time_pass(stack, leases=True)
            return {*states(stack)} <= ENDED

        producer.start()
        caller.start()
        try:
            kill_while_sending(stack, receiver)
            wait_until(lambda: not producer.is_alive(), 600, "all notices to be recorded", progress=lambda: len(undone))
            wait_until(ended, 120, "every notice to be delivered", progress=lambda: len(receiver.arrivals))
        finally:
            stop.set()
            caller.join()
            producer.join()
        counted = states(stack)
        repeats = len(receiver.arrivals) - len({(each.path, each.id) for each in receiver.arrivals})
        print(f"{counted}, {len(receiver.arrivals)} requests, {repeats} repeats, {len(undone)} rolled back")
        assert counted["delivered"] >= 1_000
        check_arrivals(stack, receiver, undone)


def keep_calling(stack: Stack, stop: threading.Event) -> None:
    """Call the sender again and again, as a scheduler does, whether or not anything answers."""
    with httpx.Client(timeout=60) as http:
        while not stop.is_set():
            with contextlib.suppress(httpx.HTTPError):
                http.post(f"{stack.functions_url}/{SENDER}", headers={"apikey": stack.secret_key}, json={"batch": 5})
            let_time_pass(stack)
            stop.wait(0.05)


def kill_while_sending(stack: Stack, receiver: Receiver, times: int = 25) -> None:
    """Kill Postgres and the sender so many times each, whenever some more requests have come."""
    assert stack.postgres
    assert stack.sender
    database, sender = stack.postgres, stack.sender.service
    strikes = [killing(database), lambda: kill_all(database)] * (times // 2 + 1)
    order = [*strikes[:times], *[killing(sender)] * times]
    random.Random(3).shuffle(order)
    for strike in order:
        seen = len(receiver.arrivals)
        wait_until(lambda seen=seen: len(receiver.arrivals) >= seen + 10, 120, "more notices to be sent")  # type: ignore[misc]
        strike()()
        # Whoever had claimed something is gone, or cannot record it.
        let_time_pass(stack, leases=True)
