"""The whole way into somebody's hosted project and out again, by the commands of our pages.

It installs from the wheel and pushes as the CLI's login role. The project serves the function that the CLI deployed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from supabase_functions.errors import FunctionsHttpError

from harness.check import drift
from harness.prove.effort import NIGHTLY
from harness.prove.world import COMMIT
from harness.stack import StackError, stack_kind, wait_until
from harness.stack.functions import entry_point
from harness.stack.hosted import EXPOSED, link, run_hosted, shadow
from harness.stack.management import management
from harness.stack.parts import ROOT, deno_binary, deno_environment
from harness.stack.people import Login
from harness.stack.pg_tools import why_unusable
from harness.tests import broken_projects
from harness.tests.application import MIGRATIONS, Application, sent
from harness.tests.empty_environment import built, environment_of
from ops_gates import events
from ops_gates.core import FUNCTION
from ops_gates.installing import removal
from ops_gates.installing.package import NAME
from ops_gates.platform_calls import DEPLOY, DEPLOY_SENDER, PUSH

if unusable := why_unusable():
    pytest.skip(unusable, allow_module_level=True)

README = (ROOT / "README.md").read_text()
EVENTS_PAGE = (ROOT / "docs" / "events" / "README.md").read_text()
ROLES = {"RM": "release_manager", "QA": "qa_tester", "SRE": "sre", "DEV": "developer", "BOT": "ci_service_role"}


@pytest.fixture
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application with three migrations and a function of its own, pushed to its project."""
    if stack_kind() != "embedded":
        pytest.skip(f"needs a server without our roles, and OPS_STACK={stack_kind()} cannot furnish one")
    repository = tmp_path_factory.mktemp("application")
    wheel = built(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))
    with environment_of(wheel) as installed, run_hosted() as project, management(project) as api:
        cli = link(repository, api.url, api.token, project.folder)
        cli.run("init")
        made = Application(repository, project, api, cli, installed)
        made.write_its_own()
        made.push()
        stack = project.stack
        made.variables |= {
            "SUPABASE_URL": stack.url,
            "SUPABASE_SECRET_KEY": stack.secret_key,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        }
        yield made


def test_the_whole_way_in_and_out_again(application: Application, reference: str) -> None:
    settings = (application.supabase / "config.toml").read_text()
    assert tomllib.loads(settings)["api"]["schemas"] == [*EXPOSED]
    application.its_own_tests_pass()
    before = application.dump()

    printed = application.ops_gates("install")
    broken_push_leaves_nothing(application, before)
    what_is_printed_is_done(application, printed)
    people = people_and_projects_are_registered(application)
    assert application.ops_gates("preflight").count("ok  ") == 7
    a_release_goes_to_production(application, people)
    pages_send_events(application, people["SRE"])
    broken_projects.each_is_seen_and_mended(application)

    assert drift.report(application.project.server.url(), reference=reference).text().startswith("no drift: ")
    the_application_is_as_clean_as_before(application, people)
    what_depends_on_it_keeps_it(application)
    removed_it_leaves_no_trace(application, people["QA"])
    assert application.dump() == before
    assert (application.supabase / "config.toml").read_text() == settings
    assert not (application.supabase / "functions" / FUNCTION).exists()


def broken_push_leaves_nothing(application: Application, before: str) -> None:
    """The one migration is one transaction: a fault in its last statement undoes all, roles too."""
    [file] = (application.supabase / "migrations").glob(f"*_{NAME}_*.sql")
    whole = file.read_text()
    file.write_text(f"{whole}\nselect 1 / 0;\n")
    with pytest.raises(StackError, match="22012"):
        application.push()
    file.write_text(whole)
    assert application.dump() == before


def what_is_printed_is_done(application: Application, printed: str) -> None:
    """Each command that `install` printed; until then, `preflight` names it."""
    push, deploy, expose, hook, told, check = [line.strip() for line in printed.split("left to do:\n")[1].splitlines()]
    assert (push, deploy) == (PUSH, DEPLOY)
    assert DEPLOY_SENDER in told
    assert check.startswith("ops-gates preflight ")
    left = application.preflight()
    assert [*left] == ["schema ops", FUNCTION]
    assert '"public,graphql_public,ops"' in left["schema ops"]
    application.type(expose)
    assert application.preflight() == {"schema ops": PUSH, FUNCTION: DEPLOY}
    application.type(push)
    # The platform's event trigger tells the API of the new schema.
    wait_until(lambda: "schema ops" not in application.preflight(), what="the API to read the schema")
    left = application.preflight()
    assert [*left] == [FUNCTION, "access-token hook", "people", "projects"]
    lock = application.supabase / "functions" / FUNCTION / "deno.lock"
    shutil.copy(ROOT / "supabase" / "functions" / "deno.lock", lock)
    application.type(deploy)
    assert (application.project.deployed / lock.relative_to(application.supabase.parent)).exists(), "a lock is deployed"
    lock.unlink()
    assert FUNCTION not in application.preflight()
    application.type(hook)
    sources = {file.name for file in entry_point(application.project.deployed).parent.rglob("*.ts")}
    assert sources == {file.name for file in entry_point(ROOT).parent.rglob("*.ts")} - {"published.ts"}


def people_and_projects_are_registered(application: Application) -> dict[str, Login]:
    """Users of the project get roles in the SQL editor, by the statements of the README; the bot is in the shell."""
    stack = application.project.stack
    people = {name: stack.person(f"{name.lower()}@app.example", subject=str(uuid.uuid4())) for name in ROLES}
    register, grant = re.findall(r"`(select ops\.(?:register_project|grant_membership)\(.*?\);)`", README)
    with psycopg.connect(application.project.server.url(), autocommit=True) as editor:
        for name, role in ROLES.items():
            said = {"<user id>": people[name].subject, "'release_manager'": f"'{role}'", "<login>": name.lower()}
            editor.execute(filled(grant, {**said, "<who wants it>": people["RM"].subject, "<why>": "set-up"}))
        application.variables |= {name: login.subject for name, login in people.items()}
        bot = people["BOT"]
        application.variables |= {"OPS_BOT_EMAIL": bot.email, "OPS_BOT_PASSWORD": bot.password}
        left = application.preflight()
        assert [*left] == ["projects"]
        assert "ops-gates projects register" in left["projects"]
        editor.execute(filled(register, {"<who wants it>": people["RM"].subject, "<why>": "set-up"}))
    return people


def filled(statement: str, values: dict[str, str]) -> bytes:
    for name, value in values.items():
        statement = statement.replace(name, value)
    return statement.encode()


def a_release_goes_to_production(application: Application, people: dict[str, Login]) -> None:
    """Everybody signs in with supabase-py, and sends events to the function that was deployed."""
    clients = {name: application.signed_in(login) for name, login in people.items()}
    asked = {"project": "acme/shop", "release_name": "v1.0.0", "environment_target": "production", "source_ref": COMMIT}
    release = str(clients["BOT"].rpc("open_release", {**asked, "initiating_actor": "dev"}).execute().data)
    sent(clients["BOT"], events.build_complete(release, run_id="1", status="pass"))
    for name, gate, artifact in (("QA", "G2", "test_result"), ("RM", "G3", "rollback_plan")):
        signoff = events.gate_signoff(
            release,
            gate,
            session_id="1",
            decision="approved",
            approver_id=people[name].subject,
            persona_role=ROLES[name],
            rationale_structured={"criteria_met": True},
            evidence=[events.evidence(artifact, "https://evidence.example/1")],
        )
        with pytest.raises(FunctionsHttpError):  # a developer does not decide
            sent(clients["DEV"], events.by_hand(signoff, people["DEV"].subject))
        sent(clients[name], events.by_hand(signoff, people[name].subject))
    where: dict[str, Any] = {"environment": "production", "deployment_ref": "d-1", "run_id": "1"}
    sent(clients["BOT"], events.deployment_event(release, **where, status="succeeded", source_ref=COMMIT))
    report = "https://monitoring.example/report"
    sent(clients["SRE"], events.health_check(release, **where, status="pass", artifact_ref=report))
    [row] = clients["RM"].table("releases").select("status").eq("release_id", release).execute().data
    passed = clients["RM"].table("release_gates").select("gate_code").match({"release_id": release, "status": "passed"})
    assert (row, len(passed.execute().data)) == ({"status": "promoted"}, 4)


def pages_send_events(application: Application, person: Login) -> None:
    """With supabase-js, by the example: a page of an origin that is allowed, and of no other; refused events too."""
    [command], [example] = (
        re.findall(pattern, EVENTS_PAGE, re.DOTALL)
        for pattern in ("`(npx supabase secrets set .*?)`", "```js\n(.*?)```")
    )
    application.type(command)
    first, second = (
        events.by_hand(
            events.environment_event(environment="production", event_type="note", run_id="1"), person.subject
        )
        for _ in range(2)
    )
    refused = {**second, "payload": {}}
    calls = [("https://app.example", first), ("https://other.example", second), ("https://app.example", refused)]
    accepted, thrown, told = on_pages(application, example, person, calls)
    assert (accepted["status"], thrown, told["error"]) == (
        "accepted",
        {"thrown": "FunctionsFetchError"},
        "invalid_payload",
    )
    with psycopg.connect(application.project.server.url()) as owner:
        query = "select processing_status::text from ops.event_ingest_log where idempotency_key = any(%s) order by 1"
        keys = [first["idempotency_key"], second["idempotency_key"]]
        assert owner.execute(query, [keys]).fetchall() == [("accepted",), ("rejected",)]


def on_pages(
    application: Application, example: str, person: Login, calls: list[tuple[str, dict[str, Any]]]
) -> list[dict[str, Any]]:
    """What the example answers on pages of these origins, in Deno, which has the packages of the function."""
    folder = application.project.folder / "page"
    folder.mkdir()
    shutil.copy(entry_point(ROOT).with_name("deno.json"), folder)
    shutil.copy(ROOT / "supabase" / "functions" / "deno.lock", folder)
    shutil.copy(Path(__file__).with_name("page.ts"), folder)
    (folder / "example.js").write_text(example)
    stack = application.project.stack
    signing_in = {"email": person.email, "password": person.password}
    given = {
        "example": "./example.js",
        "config": {"url": stack.url, "publishableKey": stack.publishable_key, **signing_in},
        "calls": [{"origin": origin, "event": event} for origin, event in calls],
    }
    done = subprocess.run(
        [
            deno_binary(), "run", "--no-prompt", "--cached-only",
            "--allow-net=127.0.0.1", "--allow-env", "--allow-read=.", "page.ts",
        ],
        input=json.dumps(given), cwd=folder, env=deno_environment(), text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def the_application_is_as_clean_as_before(application: Application, people: dict[str, Login]) -> None:
    """Nothing is left to push, nothing differs from the migrations, and its own rules hold for members and others."""
    if NIGHTLY:  # the list says the same
        assert "up to date" in application.push().lower()
    assert application.ops_gates("install").startswith("nothing to do")
    listed = application.cli.run("migration", "list", f"--remote={application.project.login_url}")
    versions = re.findall(r"`(\d{14})` \| `(\d{14})`", listed)
    assert len(versions) == len(MIGRATIONS) + 1
    assert all(local == remote for local, remote in versions)
    with shadow(application.project, application.repository) as fresh:
        assert application.cli.diff(fresh, application.project.server.url()) == ""
    application.its_own_tests_pass()
    other = application.project.stack.person("other@app.example")
    with psycopg.connect(application.project.server.url()) as owner:
        for number, login in enumerate((people["RM"], other)):
            owner.execute("insert into public.orders values (%s, %s)", [number, login.subject])
    for number, login in enumerate((people["RM"], other)):
        rows = application.signed_in(login, "public").table("orders").select("id").execute().data
        assert rows == [{"id": number}]
    with psycopg.connect(application.project.server.url()) as owner:
        owner.execute("delete from public.orders")


def removed_it_leaves_no_trace(application: Application, person: Login) -> None:
    """First all but the hook, while rows are on record; then the hook, once it is switched off."""
    folder = application.supabase / "migrations"
    there = {*folder.iterdir()}
    application.ops_gates("uninstall")
    [refused] = {*folder.iterdir()} - there
    with pytest.raises(StackError, match="2BP01") as stopped:
        application.push()
    assert "docs/backup.md" in str(stopped.value), "the CLI shows what to do"
    refused.unlink()
    application.project.expose(EXPOSED)
    application.ops_gates("uninstall", "--with-facts")
    application.push()
    assert role_of(application, person) == "authenticated"  # the hook that stays passes it on

    application.project.switch_hook(None)
    application.ops_gates("uninstall", "--hook-is-off")
    application.push()
    assert role_of(application, person) == "authenticated"
    application.its_own_tests_pass()


def role_of(application: Application, person: Login) -> str | None:
    session = application.signed_in(person).auth.get_session()
    return session.user.role if session else None


# What another part of the application may have that needs ours, and how the sentence names it.
DEPENDING = {
    "create view shop.releases as select release_id from ops.releases": "view",
    "create table shop.of_releases (release_id uuid references ops.releases)": "of_releases",
    "create table shop.gates (code ops.ops_gate_code)": "gates",
    "create function shop.gate() returns ops.ops_gate_code language sql as 'select null::ops.ops_gate_code'": "gate()",
    "grant select on public.orders to sre": "orders",
    "grant usage on schema shop to developer": "schema shop",
    "create policy theirs on public.orders for select to release_manager using (true)": "policy theirs",
    "alter default privileges in schema shop grant select on tables to audit_reader": "default privileges",
}


def what_depends_on_it_keeps_it(application: Application) -> None:
    """The migration that removes ours stops at each of them alone, and names it."""
    text = removal.sql(hook_alone=False, with_facts=True, keep_hook=False)
    with psycopg.connect(application.project.server.url()) as owner:
        for statement, named in DEPENDING.items():
            owner.execute(statement.encode())
            with pytest.raises(psycopg.errors.DependentObjectsStillExist) as stopped, owner.transaction():
                owner.execute(text.encode())
            said = str(stopped.value.diag.message_detail)
            assert named in said, statement
            assert "drop owned" not in said, "it is for another database, and there is none"
            owner.rollback()
