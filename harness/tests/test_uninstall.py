"""`ops-gates uninstall` in the folder of an application, and the migration that it writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from harness.check.access import ACCESS
from harness.stack.members import GRANT
from harness.tests.installing import (
    INSTALLED,
    config,
    done,
    files,
    migrations,
    ops_gates,
    refused,
    write,
)
from ops_gates.commands.notices import SCHEDULE
from ops_gates.core import FUNCTION, SENDER
from ops_gates.installing import removal
from ops_gates.installing.package import NAME
from ops_gates.platform_calls import LINK, LOGIN, PUSH

pytest_plugins = ("harness.tests.installing_fixtures",)


def test_uninstall_takes_back_what_install_added_and_install_begins_anew(app: Path) -> None:
    before = files(app)
    done("install")
    installed = migrations(app)
    done("uninstall", "--hook-is-off")
    [gone] = [name for name in migrations(app) if name not in installed]
    assert gone > installed[-1]
    after = files(app)
    assert {name: content for name, content in after.items() if f"_{NAME}_" not in name} == before
    refused(ops_gates("uninstall", "--hook-is-off"), "not_installed")
    done("install")
    assert INSTALLED.fullmatch(migrations(app)[-1])
    assert migrations(app)[-1] > gone


def test_without_the_word_that_the_hook_is_off_the_hook_and_its_setting_stay(app: Path) -> None:
    before = files(app)
    done("install")
    done("uninstall")
    assert list(config(app)["auth"]["hook"]) == ["custom_access_token"]
    assert "ops" not in config(app)["api"]["schemas"]
    refused(ops_gates("install"), "hook_stays")
    refused(ops_gates("upgrade"), "hook_stays")
    refused(ops_gates("uninstall"), "hook_stays")
    done("uninstall", "--hook-is-off")
    assert {name: content for name, content in files(app).items() if f"_{NAME}_" not in name} == before


@pytest.mark.parametrize("options", [(), ("--hook-is-off",)], ids=["but the hook", "with the hook"])
def test_after_a_push_that_was_refused_each_command_names_the_migration_to_delete(
    app: Path, options: tuple[str, ...]
) -> None:
    done("install")
    installed = migrations(app)
    done("uninstall", *options)
    [removal_] = [name for name in migrations(app) if name not in installed]
    for command in (["uninstall", *options, "--with-facts"], ["upgrade"], ["install"]):
        if not options or command[0] == "uninstall":
            assert removal_ in refused(ops_gates(*command), "not_installed" if options else "hook_stays")
    if options:
        assert removal_ in ops_gates("install", "--dry-run").stderr
    (app / "supabase" / "migrations" / removal_).unlink()
    done("uninstall", *options, "--with-facts")
    assert (
        "v_with_facts constant boolean := true" in (app / "supabase" / "migrations" / migrations(app)[-1]).read_text()
    )


def left_to_do(*arguments: str) -> list[str]:
    """The commands that are printed."""
    return [line.strip() for line in done(*arguments).split("left to do:\n")[1].splitlines()]


@pytest.mark.usefixtures("app")
def test_each_call_is_printed_once_before_the_hook_is_off_and_after() -> None:
    done("install")
    *linked, unschedule, targets, expose, push, function, sender, secrets, switch_off, rest = left_to_do("uninstall")
    assert linked == [LOGIN, LINK]
    assert (push, function) == (PUSH, f"npx supabase functions delete {FUNCTION}")
    assert sender.startswith(f"npx supabase functions delete {SENDER} ")
    # The job, both names of the Vault that it reads, and the secrets, whose names the schema still has before the push.
    assert f"cron.unschedule('{SENDER}')" in unschedule
    named = set(re.findall(r"decrypted_secrets where name = ('\w+')", SCHEDULE))
    assert len(named) == 2
    assert named == {*re.findall(r"'ops_\w+'", unschedule)}
    assert targets.startswith("ops-gates notices targets ")
    assert "secrets unset OPS_NOTICE_" in secrets
    assert '{"db_schema": "public, graphql_public"}' in expose
    assert '{"hook_custom_access_token_enabled": false}' in switch_off
    assert rest.startswith("ops-gates uninstall --hook-is-off ")
    assert left_to_do("uninstall", "--hook-is-off") == [LOGIN, LINK, PUSH]


def test_uninstall_leaves_settings_and_a_function_that_were_edited_and_says_so(app: Path) -> None:
    done("install")
    file = app / "supabase" / "functions" / FUNCTION / "index.ts"
    file.write_text("// mine")
    settings = app / "supabase" / "config.toml"
    settings.write_text(settings.read_text().replace("verify_jwt = false", "verify_jwt = false\nenabled = false"))
    said = ops_gates("uninstall", "--hook-is-off")
    assert (said.exit_code, "index.ts" in said.stderr) == (0, True)
    assert file.read_text() == "// mine"
    assert config(app)["functions"][FUNCTION] == {"verify_jwt": False, "enabled": False}


def test_a_schema_that_was_exposed_before_stays_exposed(app: Path) -> None:
    write(app, "config.toml", '[api]\nschemas = ["ops"]\n')
    done("install")
    done("uninstall", "--hook-is-off")
    assert config(app) == {"api": {"schemas": ["ops"]}}


def uninstall(db: psycopg.Connection[Any], *, with_facts: bool = False) -> psycopg.Error:
    """Why the migration stops in a database whose roles other databases of the server use too."""
    with pytest.raises(psycopg.errors.DependentObjectsStillExist) as stopped, db.transaction():
        db.execute(sql.SQL(removal.sql(hook_alone=False, with_facts=with_facts, keep_hook=False)))
    return stopped.value


FACTS = {
    "a member": GRANT,
    "a project": "select ops.register_project('acme/x', null, 'rm-1', 'r')",
    "a policy": """select ops.set_gate_policy('G1', '[{"kind": "check", "subject": "build"}]', null, 'rm-1', 'r')""",
    "an addition to the policy": "select ops.set_gate_policy('G1', (select jsonb_agg(jsonb_build_object("
    "'kind', r.kind, 'subject', r.subject, 'enforcement', r.enforcement)) || "
    '\'[{"kind": "check", "subject": "scan"}]\' from ops.gate_requirements r where r.gate_code = \'G1\'),'
    " null, 'rm-1', 'r')",
    "a row of somebody's own beside ours": "reset role; create table ops_private.mine as select 1 as a",
    "a refusal": 'select ops.record_refusal(\'{"error": "internal_error"}\')',
}


def test_what_it_says_to_type_in_another_database_takes_that_out_of_the_way(fresh_db: Callable[[], str]) -> None:
    with psycopg.connect(fresh_db()) as db, psycopg.connect(fresh_db(), autocommit=True) as other:
        name = other.info.dbname
        said = uninstall(db).diag
        assert said.message_hint is None
        # In the detail: `supabase db push` shows no hint.
        named, typed = str(said.message_detail).split("; connect to each of these databases: ")
        assert name in named
        assert name in typed.partition(";")[0]
        [typed] = re.findall(r"\bgrant .*;", typed)
        with other.transaction(force_rollback=True):
            other.execute(sql.SQL(typed))
            # Of this database alone: roles of the server are in use by other tests.
            kept = "select count(*) from pg_shdepend s where s.dbid = (select oid from pg_database where datname = %s)"
            ours = " and s.refobjid in (select oid from pg_roles where rolname = any (%s))"
            assert other.execute((kept + ours).encode(), [name, [*ACCESS.roles]]).fetchone() == (0,)


@pytest.mark.parametrize("fact", FACTS)
def test_the_migration_stops_while_anything_is_on_record(fresh_db: Callable[[], str], fact: str) -> None:
    with psycopg.connect(fresh_db()) as db:
        assert "database" in str(uninstall(db).diag.message_detail)  # nothing is on record: only the roles stay
        db.execute("set local role service_role")
        db.execute(FACTS[fact], ["rm-1", "release_manager", None] if fact == "a member" else None)
        db.execute("reset role")
        assert re.search(r"\d in \w+", str(uninstall(db).diag.message_detail))
        assert "database" in str(uninstall(db, with_facts=True).diag.message_detail)
