"""An application that has a hosted project, in which release gates are installed by the commands of our pages."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from supabase import Client, ClientOptions, create_client

from harness.stack.hosted import REF, Hosted, LinkedCli
from harness.stack.management import Management
from harness.stack.parts import environment
from harness.stack.people import Login
from harness.stack.pg_tools import run
from harness.tests.empty_environment import Installed
from harness.tests.terminal import Terminal

MIGRATIONS = {
    "20260101000000_orders.sql": """\
create table public.orders (id bigint primary key, owner uuid not null);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (owner = (select auth.uid()));
""",
    "20260201000000_shop.sql": """\
create schema shop;
grant usage on schema shop to authenticated;
create table shop.notes (note text not null, owner uuid not null default auth.uid());
alter table shop.notes enable row level security;
create policy own on shop.notes to authenticated using (owner = (select auth.uid()));
grant select, insert on shop.notes to authenticated;
create view shop.open_orders with (security_invoker) as select * from public.orders;
""",
    "20260301000000_hello.sql": """\
create function shop.hello() returns text language sql set search_path = '' as $$ select 'hello' $$;
""",
}
# As `supabase test db` runs it.
TESTS = """\
begin;
create extension if not exists pgtap with schema extensions;
select plan(4);
insert into public.orders values
  (1, '00000000-0000-4000-8000-000000000001'), (2, '00000000-0000-4000-8000-000000000002');
set local role authenticated;
set local request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select results_eq('select id from public.orders', 'values (1::bigint)', 'their own order, and no other');
select lives_ok($$ insert into shop.notes (note) values ('mine') $$, 'a note of their own');
select throws_ok(
  $$ insert into shop.notes values ('not mine', '00000000-0000-4000-8000-000000000002') $$,
  '42501', null, 'and of nobody else'
);
select is(shop.hello(), 'hello', 'the function answers');
select * from finish();
rollback;
"""
# Everything outside of the CLI's record of migrations; pg_dump marks each dump with a random word.
DUMP = (
    'pg_dumpall --globals-only --no-role-passwords --dbname="$URL" | sed "/restrict/d";'
    ' pg_dump --exclude-schema=supabase_migrations "$URL" | sed "/restrict/d"'
)


@dataclass
class Application:
    """A repository made by `supabase init`, its hosted project, and the wheel with the extra `install`."""

    repository: Path
    project: Hosted
    api: Management
    cli: LinkedCli
    wheel: Installed
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    """What somebody has set in their shell."""

    @property
    def supabase(self) -> Path:
        return self.repository / "supabase"

    def write_its_own(self) -> None:
        """Its migrations, its edge function and its tests."""
        for name, text in MIGRATIONS.items():
            self.write(f"migrations/{name}", text)
        self.write("functions/hello/index.ts", "Deno.serve(() => new Response('hello'));\n")
        self.write("tests/orders_test.sql", TESTS)

    def write(self, name: str, text: str) -> None:
        file = self.supabase / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def push(self) -> str:
        """Push as the CLI's login role."""
        return self.cli.push(self.project.login_url)

    def dump(self) -> str:
        """The roles and the whole database as SQL."""
        return run(DUMP, self.repository, URL=self.project.server.admin_url())

    def its_own_tests_pass(self) -> None:
        command = 'psql --no-psqlrc --quiet --tuples-only --no-align --file=supabase/tests/orders_test.sql "$URL"'
        said = run(command, self.repository, URL=self.project.server.url())
        assert [line[:4] for line in said.split("\n")] == ["1..4", *[f"ok {n}" for n in range(1, 5)], ""], said

    def ops_gates(self, *arguments: str) -> str:
        """What a command of the wheel prints."""
        script = self.wheel.folder / "venv" / "bin" / "ops-gates"
        done = subprocess.run(
            [script, *arguments],
            cwd=self.repository,
            env={"PATH": "/usr/bin:/bin", **self.variables},
            text=True,
            capture_output=True,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def preflight(self) -> dict[str, str]:
        """What `ops-gates preflight` says is left to do, by the name of each check that failed."""
        done = Terminal(self.variables)("preflight", "--json", OPS_RETRY_SECONDS="0")
        checks = json.loads(done.stdout)
        left = {check["name"]: check["do"] for check in checks if not check["ok"]}
        assert done.exit_code == (1 if left else 0), done.output
        return left

    def type(self, command: str) -> None:
        """Type a command as it was printed. The database and the Management API are those of the stand-in."""
        words = shlex.split(command, comments=True)
        variables = dict(self.variables)
        while words[:2] == ["env", "-u"]:
            variables.pop(words[2], None)
            words[1:3] = []
        words = words[1:] if words[0] == "env" else words
        if command == "npx supabase db push --remote":
            self.push()
        elif words[:2] == ["npx", "supabase"]:
            self.cli.run(*words[2:])
        elif words[0] == "ops-gates":
            done = Terminal(variables)(*words[1:])
            assert done.exit_code == 0, done.output
        else:
            self._bash(command)

    def _bash(self, command: str) -> None:
        here = command.replace("https://api.supabase.com", self.api.url).replace("<ref>", REF)
        given = environment(SUPABASE_ACCESS_TOKEN=self.api.token)
        done = subprocess.run(["bash", "-euc", here], env=given, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def signed_in(self, login: Login, schema: str = "ops") -> Client:
        """A client of supabase-py, for somebody who signed in."""
        stack = self.project.stack
        options = ClientOptions(schema=schema, auto_refresh_token=False, persist_session=False, httpx_client=stack.http)
        client = create_client(stack.url, stack.publishable_key, options)
        client.auth.sign_in_with_password({"email": login.email, "password": login.password})
        return client


def sent(client: Client, event: dict[str, Any]) -> dict[str, Any]:
    """The answer of the deployed function to an event that must be accepted."""
    answer = json.loads(cast(bytes, client.functions.invoke("ops-event-ingest", {"body": event})))
    assert answer["status"] == "accepted", answer
    return dict(answer)
