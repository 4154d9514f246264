"""A whole project on one machine: database, PostgREST, edge function, and the gateway in front of them."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg

from harness.stack.auth import StandIn, stand_in
from harness.stack.cli_tool import SupabaseCli
from harness.stack.config import read_api
from harness.stack.errors import StackError
from harness.stack.external import named_project
from harness.stack.functions import EdgeFunction, edge_functions, issuer
from harness.stack.gateway import Gateway, gateway
from harness.stack.keys import Keys
from harness.stack.parts import ROOT
from harness.stack.people import Login, People
from harness.stack.postgres import (
    Server,
    copy_database,
    create_database,
    drop_database,
    furnish,
    run_postgres,
    scratch_directory,
)
from harness.stack.postgrest import PostgREST, postgrest
from harness.stack.process import Ports, Service, running, wait_until
from ops_gates.core import FUNCTION, SENDER

if TYPE_CHECKING:
    from supabase import Client

TEMPLATE = "ops_template"
# Threads share the client. Its pool may close an idle connection that another thread has just taken, so no idle
# connection is closed while tests run.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=None, keepalive_expiry=60)
KINDS = ("embedded", "containers", "external")


@dataclass(frozen=True)
class Stack:
    """A running project as its callers use it; the parts are None where we did not start them."""

    kind: str
    url: str
    db_url: str = field(repr=False)
    keys: Keys = field(repr=False)
    admin_db_url: str | None = field(default=None, repr=False)
    cluster: Cluster | None = None
    postgres: Service | None = None
    postgrest: PostgREST | None = None
    function: EdgeFunction | None = None
    sender: EdgeFunction | None = None
    gateway: Gateway | None = None
    auth: StandIn | None = None
    people: People | None = field(default=None, repr=False)
    workdir: Path = ROOT
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=60, limits=LIMITS), repr=False, compare=False
    )

    def close(self) -> None:
        """Close the connections of all clients of this stack."""
        self.http.close()

    @property
    def rest_url(self) -> str:
        """The address of tables, views and functions."""
        return f"{self.url}/rest/v1"

    @property
    def board_url(self) -> str:
        """The address of the board."""
        return f"{self.url}/board/"

    @property
    def functions_url(self) -> str:
        """The address of edge functions."""
        return f"{self.url}/functions/v1"

    @property
    def secret_key(self) -> str:
        """The API key of `service_role`."""
        return self.keys.secret_key

    @property
    def publishable_key(self) -> str:
        """The API key of `anon`."""
        return self.keys.publishable_key

    def token(self, role: str | None, sub: str | None = "tester", *, ttl: float = 3600, **claims: Any) -> str:
        """A token signed with the project's key, valid for `ttl` seconds; a claim given as None is left out.

        StackError if the project's signing key is not known.
        """
        return self.keys.token(role, sub, ttl=ttl, **{"issuer": issuer(self.url), **claims})

    def client(self, role: str | None = None, sub: str | None = None) -> Client:
        """A supabase-py client of schema `ops`, for a person with that role, or for the secret key (`service_role`)."""
        from supabase import (  # this import takes half a second, and not every command needs it
            ClientOptions,
            create_client,
        )

        options = ClientOptions(schema="ops", auto_refresh_token=False, persist_session=False, httpx_client=self.http)
        if role is None:
            return create_client(self.url, self.secret_key, options)
        options.headers = {**options.headers, "Authorization": f"Bearer {self.token(role, sub or role)}"}
        return create_client(self.url, self.publishable_key, options)

    def person(self, email: str, password: str | None = None, *, subject: str | None = None) -> Login:
        """Let somebody sign in at this stack; a random password if left out.

        StackError at an external project, which has a sign-in of its own.
        """
        if self.people is None:
            raise StackError("people sign in at the project itself", mend="add a user there (Authentication, Users)")
        return self.people.add(email, password, subject=subject)

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection as `postgres`, the role that migrations run as."""
        return psycopg.connect(self.db_url, **options)

    def reload_schema(self) -> None:
        """Make the API read the schema again, and return when it has."""
        if self.postgrest is not None:
            self.postgrest.reload_schema()
            return
        with self.connect(autocommit=True) as connection:
            connection.execute("notify pgrst, 'reload schema'")
            wait_until(
                lambda: self._api_lists_tables(connection),
                120,
                "the project's API to list the tables of `ops`",
            )

    def _api_lists_tables(self, connection: psycopg.Connection[Any]) -> bool:
        readable = connection.execute(
            "select relname from pg_class"
            " where relnamespace = to_regnamespace('ops') and relkind in ('r', 'v', 'p')"
            " and has_table_privilege('service_role', oid, 'select')"
        ).fetchall()
        headers = {"apikey": self.secret_key, "Accept-Profile": "ops"}
        answer = self.http.get(f"{self.rest_url}/", headers=headers)
        return answer.is_success and {name for (name,) in readable} <= set(answer.json().get("definitions", {}))

    def migrate(self) -> None:
        """Apply the migrations that the database does not have yet."""
        SupabaseCli(self.workdir).push(self.db_url)
        self.reload_schema()

    def reset(self) -> None:
        """Empty the database and apply all migrations again."""
        SupabaseCli(self.workdir).reset(self.db_url)
        self.reload_schema()

    @contextlib.contextmanager
    def clone(self) -> Iterator[Stack]:
        """Another stack on a new database that has only the migrations; dropped at the end."""
        with self._own_cluster().clone() as clone:
            yield clone

    @contextlib.contextmanager
    def clone_database(self) -> Iterator[str]:
        """The database of a clone without the other parts: its address as `postgres`."""
        cluster = self._own_cluster()
        with cluster.database() as name:
            yield cluster.server.url("postgres", name)

    def _own_cluster(self) -> Cluster:
        if self.cluster is None:
            raise StackError(
                f"a stack of kind `{self.kind}` has one database and cannot be cloned",
                mend="OPS_STACK=embedded",
            )
        return self.cluster


@dataclass(frozen=True)
class Cluster:
    """A Postgres server with a template database that has the migrations; it makes databases and stacks."""

    kind: str
    server: Server = field(repr=False)
    workdir: Path = ROOT
    postgres: Service | None = field(default=None, repr=False)
    template: str = TEMPLATE

    def as_dict(self) -> dict[str, Any]:
        """For another process of the same run; contains passwords."""
        return {
            "kind": self.kind,
            "server": self.server.as_dict(),
            "workdir": str(self.workdir),
            "template": self.template,
        }

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Cluster:
        """A cluster that another process runs."""
        return cls(given["kind"], Server(**given["server"]), Path(given["workdir"]), None, given["template"])

    @contextlib.contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The name of a new database, a copy of the template; dropped at the end."""
        name = f"ops_{secrets.token_hex(6)}"
        copy_database(self.server, name, template or self.template)
        try:
            yield name
        finally:
            drop_database(self.server, name)

    @contextlib.contextmanager
    def bare_database(self, *, furnished: bool = True) -> Iterator[str]:
        """The name of a new database without our schemas, as a hosted project has it before its first migration.

        It is empty unless `furnished`. StackError if the server cannot furnish one: an image does that at its start.
        """
        if furnished and self.kind != "embedded":
            raise StackError(f"a stack of kind `{self.kind}` cannot furnish a database", mend="OPS_STACK=embedded")
        name = f"ops_{secrets.token_hex(6)}"
        create_database(self.server, name)
        try:
            if furnished:
                furnish(self.server, name)
            yield name
        finally:
            drop_database(self.server, name)

    @contextlib.contextmanager
    def clone(self, *, notices: Mapping[str, str] | None = None) -> Iterator[Stack]:
        """A whole stack on a new database; with `notices` it has the sender of notices too."""
        with self.database() as name, self.stack(name, notices=notices) as stack:
            yield stack

    def _auth(
        self, database: str, people: People, keys: Keys, url: str, port: int
    ) -> contextlib.AbstractContextManager[StandIn]:
        hook = self.server.url("supabase_auth_admin", database)
        return stand_in(kind=self.kind, people=people, keys=keys, issuer=issuer(url), hook_url=hook, port=port)

    @contextlib.contextmanager
    def stack(
        self,
        database: str,
        *,
        keys: Keys | None = None,
        port: int | None = None,
        prefer_port: int | None = None,
        logs: Path | None = None,
        people: Path | None = None,
        notices: Mapping[str, str] | None = None,
    ) -> Iterator[Stack]:
        """The parts around an existing database; `port` is the gateway's, or a free one is used.

        `people` is the file of those who can sign in, a new one that is removed at the end if left out. `notices` are
        the secrets of the sender of notices, which is not started without them.
        """
        keys = keys or Keys.generate()
        with contextlib.ExitStack() as stack:
            logs = logs or stack.enter_context(scratch_directory())
            ports = Ports()
            stack.callback(ports.close)
            port = ports.lease(port, prefer=prefer_port)
            url = f"http://127.0.0.1:{port}"
            rest = postgrest(self.server, database, api=read_api(self.workdir), jwks=keys.jwks, ports=ports, logs=logs)
            served = edge_functions(
                project_url=url, keys=keys, ports=ports, logs=logs, workdir=self.workdir, notices=notices
            )
            known = People(people or stack.enter_context(scratch_directory()) / "people.sqlite")
            auth = stack.enter_context(self._auth(database, known, keys, url, ports.lease()))
            front = gateway(
                port=port,
                rest_port=rest.port,
                functions={name: each.port for name, each in served.items()},
                auth_port=auth.port,
                jwks=keys.jwks,
                tokens=keys.gateway_tokens(issuer(url)),
                publishable_key=keys.publishable_key,
                logs=logs,
            )
            parts = [rest.service, *(each.service for each in served.values()), front.service]
            stack.enter_context(running(*parts))
            project = Stack(
                kind=self.kind,
                url=url,
                db_url=self.server.url("postgres", database),
                keys=keys,
                admin_db_url=self.server.admin_url(database),
                cluster=self,
                postgres=self.postgres,
                postgrest=rest,
                function=served.get(FUNCTION),
                sender=served.get(SENDER),
                gateway=front,
                auth=auth,
                people=known,
                workdir=self.workdir,
            )
            stack.callback(project.close)
            yield project


@contextlib.contextmanager
def run_cluster(
    *,
    kind: str | None = None,
    migrate: bool = True,
    workdir: Path = ROOT,
    version: str | None = None,
    fast: bool = True,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """A database server with a template database that has the migrations, or only what Supabase provides.

    `version` and `settings` are for the embedded Postgres.
    """
    kind = kind or stack_kind()
    if kind == "external":
        raise StackError("an external project is one database, not a server of our own", mend="OPS_STACK=embedded")
    with contextlib.ExitStack() as stack:
        if kind == "containers":
            from harness.stack.containers import run_container

            cluster = Cluster(kind, stack.enter_context(run_container()), workdir)
        else:
            postgres = stack.enter_context(run_postgres(version=version, fast=fast, settings=settings))
            cluster = Cluster(kind, postgres.server, workdir, postgres.service)
        if migrate:
            SupabaseCli(workdir).push(cluster.server.url())
        copy_database(cluster.server, cluster.template, "postgres")
        yield cluster


@contextlib.contextmanager
def run_stack(
    *,
    kind: str | None = None,
    migrate: bool = True,
    workdir: Path = ROOT,
    version: str | None = None,
    fast: bool = True,
) -> Iterator[Stack]:
    """A whole stack that is removed at the end. `kind` defaults to OPS_STACK, and OPS_STACK to `embedded`.

    `workdir` has `supabase/` with config, migrations and function. `fast` does not protect the data from a crash
    of the machine.
    """
    kind = kind or stack_kind()
    if kind == "external":
        with contextlib.closing(external_stack(workdir)) as stack:
            if migrate:
                stack.migrate()
            yield stack
        return
    with (
        run_cluster(kind=kind, migrate=migrate, workdir=workdir, version=version, fast=fast) as cluster,
        cluster.stack("postgres") as stack,
    ):
        yield stack


def external_stack(workdir: Path) -> Stack:
    """The project that the environment names, as a stack of kind `external`; StackError if variables are missing."""
    named = named_project()
    return Stack(kind="external", url=named.url, db_url=named.db_url, keys=named.keys, workdir=workdir)


def stack_kind() -> str:
    """The kind that OPS_STACK names; StackError if it is none of the three."""
    kind = os.environ.get("OPS_STACK") or "embedded"
    if kind not in KINDS:
        raise StackError(f"OPS_STACK={kind} is not known", mend=f"use one of {', '.join(KINDS)}")
    return kind
