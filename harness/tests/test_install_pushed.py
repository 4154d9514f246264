"""An application installs release gates from the wheel, pushes them as it pushes its own migrations, removes them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from harness.check import drift
from harness.stack import StackError, SupabaseCli, run_cluster, stack_kind
from harness.stack.pg_tools import run, why_unusable
from harness.stack.postgres import Server
from harness.tests.empty_environment import Installed, built, environment_of
from ops_gates.core import FUNCTION
from ops_gates.installing import config_file, removal
from ops_gates.installing.package import NAME

OWN = {
    "20260101000000_orders.sql": "create table public.orders (id bigint primary key, owner uuid);\n"
    "alter table public.orders enable row level security;\n"
    "create policy own on public.orders for select to authenticated using (owner = auth.uid());\n",
    "20260201000000_shop.sql": "create schema shop;\ncreate view shop.open_orders as select * from public.orders;\n",
    "20260301000000_hello.sql": "create function shop.hello() returns text language sql as $$ select 'hello' $$;\n",
}
# Everything outside of the CLI's record of migrations; pg_dump marks each dump with a random word.
DUMP = (
    'pg_dumpall --globals-only --no-role-passwords --dbname="$URL" | sed "/restrict/d";'
    ' pg_dump --exclude-schema=supabase_migrations "$URL" | sed "/restrict/d"'
)

if unusable := why_unusable():
    pytest.skip(unusable, allow_module_level=True)


@dataclass(frozen=True)
class Application:
    """A repository made by `supabase init`, its project, and the wheel with the extra `install`."""

    repository: Path
    server: Server
    wheel: Installed

    @property
    def cli(self) -> SupabaseCli:
        return SupabaseCli(self.repository)

    def ops_gates(self, *arguments: str) -> str:
        """What a command of the wheel prints."""
        script = self.wheel.folder / "venv" / "bin" / "ops-gates"
        done = subprocess.run(
            [script, *arguments], cwd=self.repository, env={"PATH": "/usr/bin:/bin"}, text=True, capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def push(self) -> str:
        return self.cli.push(self.server.url())

    def dump(self) -> str:
        """The roles and the whole database as SQL."""
        return run(DUMP, self.repository, URL=self.server.admin_url())


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application with three migrations and a function of its own, pushed."""
    if stack_kind() != "embedded":
        pytest.skip(f"needs a server without our roles, and OPS_STACK={stack_kind()} cannot furnish one")
    repository = tmp_path_factory.mktemp("application")
    SupabaseCli(repository).run("init")
    for name, text in OWN.items():
        write(repository / "supabase" / "migrations" / name, text)
    write(repository / "supabase" / "functions" / "hello" / "index.ts", "Deno.serve(() => new Response('hello'));\n")
    wheel = built(Path(__file__).parents[2], "wheel", tmp_path_factory.mktemp("wheel"))
    with environment_of(wheel) as installed, run_cluster(kind="embedded", migrate=False) as cluster:
        made = Application(repository, cluster.server, installed)
        made.push()
        yield made


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_installed_pushed_and_removed_it_leaves_no_trace(application: Application, reference: str) -> None:
    settings = (application.repository / "supabase" / "config.toml").read_text()
    assert tomllib.loads(settings)["api"]["schemas"] == [*config_file.DEFAULT_SCHEMAS]  # what the CLI calls its default
    before = application.dump()
    application.ops_gates("install")
    broken_push_leaves_nothing(application, before)
    application.push()

    url = application.server.url()
    assert drift.report(url, reference=reference).text().startswith("no drift: ")
    listed = application.cli.run("migration", "list", f"--remote={url}")
    versions = re.findall(r"`(\d{14})` \| `(\d{14})`", listed)
    assert len(versions) == len(OWN) + 1
    assert all(local == remote for local, remote in versions)
    assert "up to date" in application.push().lower()
    assert application.ops_gates("install").startswith("nothing to do")

    what_depends_on_it_keeps_it(application)
    application.ops_gates("uninstall")
    application.push()
    with psycopg.connect(application.server.url("supabase_auth_admin")) as auth:
        for hook in ("custom_access_token_hook", "with_member_role"):
            query = f"select ops.{hook}('{{\"claims\": {{\"role\": \"authenticated\"}}}}') -> 'claims' ->> 'role'"
            assert auth.execute(query.encode()).fetchone() == ("authenticated",)

    application.ops_gates("uninstall", "--hook-is-off")
    application.push()
    assert application.dump() == before
    assert (application.repository / "supabase" / "config.toml").read_text() == settings
    assert not (application.repository / "supabase" / "functions" / FUNCTION).exists()


def broken_push_leaves_nothing(application: Application, before: str) -> None:
    """The one migration is one transaction: a fault in its last statement undoes all, roles too."""
    [file] = (application.repository / "supabase" / "migrations").glob(f"*_{NAME}_*.sql")
    whole = file.read_text()
    file.write_text(f"{whole}\nselect 1 / 0;\n")
    with pytest.raises(StackError, match="22012"):
        application.push()
    file.write_text(whole)
    assert application.dump() == before


# What another part of the application may have that needs ours, and how the sentence names it.
DEPENDING = {
    "create view shop.releases as select release_id from ops.releases": "view",
    "create table shop.notes (release_id uuid references ops.releases)": "notes",
    "create table shop.gates (code ops.ops_gate_code)": "gates",
    "create function shop.gate() returns ops.ops_gate_code language sql as 'select null::ops.ops_gate_code'": "gate()",
    "grant select on public.orders to sre": "orders",
    "grant usage on schema shop to developer": "schema shop",
    "create policy theirs on public.orders for select to release_manager using (true)": "policy theirs",
    "alter default privileges in schema shop grant select on tables to audit_reader": "default privileges",
}


def what_depends_on_it_keeps_it(application: Application) -> None:
    """The migration that removes ours stops at each of them alone, and names it."""
    text = removal.sql(hook_alone=False, with_facts=False, keep_hook=False)
    with psycopg.connect(application.server.url()) as owner:
        for statement, named in DEPENDING.items():
            owner.execute(statement.encode())
            with pytest.raises(psycopg.errors.DependentObjectsStillExist) as stopped, owner.transaction():
                owner.execute(text.encode())
            assert named in str(stopped.value.diag.message_detail), statement
            owner.rollback()
