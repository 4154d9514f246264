"""A stand-in for a hosted project: its database, services, and what the Management API changes of them.

The Supabase CLI deploys to it and sets its secrets as it does hosted (`--profile`), and pushes to it as its login role
`cli_login_postgres`, which becomes the owner by `set session role postgres`. What it cannot do here is find the
database by the project's id: that takes a name in the DNS. So `db` commands get the address.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
from psycopg import sql

from harness.stack.auth import StandIn, stand_in
from harness.stack.cli_tool import SupabaseCli
from harness.stack.config import Api
from harness.stack.errors import StackError
from harness.stack.functions import EdgeFunction, edge_function, entry_point, issuer
from harness.stack.gateway import Gateway, gateway
from harness.stack.keys import Jwks, Keys
from harness.stack.parts import ROOT
from harness.stack.people import People
from harness.stack.postgres import HERE, Server, run_postgres, scratch_directory
from harness.stack.postgrest import PostgREST, postgrest
from harness.stack.process import Ports, wait_until
from harness.stack.stack import Cluster, Stack
from ops_gates.core import FUNCTION

REF = "abcdefghijklmnopqrst"
LOGIN = "cli_login_postgres"
# What a new project exposes.
EXPOSED = ("public", "graphql_public")
_PROFILE = """\
name: stand-in
api_url: {0}
dashboard_url: {0}/dashboard
project_host: stand-in.invalid
"""


@dataclass
class Hosted:
    """A hosted project, and the settings that its dashboard and the Management API change."""

    stack: Stack
    """As its callers use it; the function is deployed later."""
    server: Server = field(repr=False)
    rest: PostgREST
    auth: StandIn
    ports: Ports = field(repr=False)
    folder: Path
    """For logs, and for what is deployed."""
    jwks: Jwks
    """The keys that the project publishes."""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    verify_jwt: bool = True
    function: EdgeFunction | None = None
    front: Gateway | None = None

    @property
    def deployed(self) -> Path:
        """The folder that has what was deployed, as `supabase/functions/…`."""
        return self.folder / "deployed"

    @property
    def login_url(self) -> str:
        """The database's address for the login role that the CLI makes for one command."""
        return self.server.url(LOGIN)

    def exposed(self) -> list[str]:
        """The schemas that the API exposes, as it says itself."""
        refused = httpx.get(f"{self.rest.url}/", headers={"accept-profile": "a schema that is none"})
        return str(refused.json()["message"]).partition(": ")[2].split(", ")

    def expose(self, schemas: Collection[str]) -> None:
        """Replace the list of exposed schemas, and return when the API has it."""
        setting = sql.SQL("alter role authenticator in database postgres set pgrst.db_schemas = {}")
        with psycopg.connect(self.server.admin_url(), autocommit=True) as admin:
            admin.execute(setting.format(sql.Literal(", ".join(schemas))))
            admin.execute("notify pgrst, 'reload config'")
        wait_until(lambda: self.exposed() == [*schemas], what="the API to expose other schemas")
        self.rest.reload_schema()

    def switch_hook(self, uri: str | None) -> None:
        """Set the access-token hook to `pg-functions://…/<schema>/<function>`, or switch it off."""
        self.auth.hook = ".".join(uri.split("/")[-2:]) if uri else None

    def deploy(self, files: Mapping[str, bytes], *, verify_jwt: bool) -> None:
        """Replace the function by what was sent, by path from the application's folder."""
        for name, content in files.items():
            file = (self.deployed / name).resolve()
            if not file.is_relative_to(self.deployed.resolve()):
                raise StackError(f"{name} leads out of what is deployed")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self.verify_jwt = verify_jwt
        self.serve()

    def set_secrets(self, given: Mapping[str, str]) -> None:
        """Add to the secrets of the project; its function starts again."""
        self.secrets.update(given)
        if self.function is not None:
            self.serve()

    def serve(self) -> None:
        """Start what is deployed anew, whether or not it comes up, and open the gateway to it."""
        self.undeploy(open_gateway=False)
        # The platform fetches the packages. Here they are those of set-up, which the lock file names.
        shutil.copy(ROOT / "supabase" / "functions" / "deno.lock", entry_point(self.deployed).parent)
        function = edge_function(
            project_url=self.stack.url, keys=self.stack.keys, ports=self.ports, logs=self.folder,
            workdir=self.deployed, variables=self.secrets,
        )  # fmt: skip
        self.function = function
        with contextlib.suppress(StackError):  # a function that does not boot is deployed nevertheless
            function.service.restart()
        self.open()

    def undeploy(self, *, open_gateway: bool = True) -> None:
        """Remove the function from the project."""
        if self.function is not None:
            self.function.service.stop()
        self.function = None
        if open_gateway:
            self.open()

    def open(self) -> None:
        """Start the gateway anew, with the keys and the function that there are."""
        if self.front is not None:
            self.front.service.stop()
        self.front = gateway(
            port=int(self.stack.url.rsplit(":", 1)[1]),
            rest_port=self.rest.port,
            functions={FUNCTION: self.function.port} if self.function else {},
            verified=[FUNCTION] if self.function and self.verify_jwt else [],
            auth_port=self.auth.port,
            jwks=self.jwks,
            tokens=self.stack.keys.gateway_tokens(issuer(self.stack.url)),
            logs=self.folder,
        )
        self.front.service.restart()

    def close(self) -> None:
        """End what this started."""
        for part in (self.front, self.function):
            if part is not None:
                part.service.stop()
        self.stack.close()


@dataclass(frozen=True)
class LinkedCli(SupabaseCli):
    """The CLI in a folder that is linked to the stand-in: its access token and Management API are the stand-in's."""

    profile: Path = Path()
    token: str = field(default="", repr=False)

    def run(self, *arguments: str, timeout: float = 600, **variables: str) -> str:
        """As the CLI does; what it would ask is answered with yes."""
        given = {"SUPABASE_ACCESS_TOKEN": self.token, "SUPABASE_YES": "true", **variables}
        return super().run(*arguments, "--profile", str(self.profile), timeout=timeout, **given)


def link(repository: Path, api: str, token: str, folder: Path) -> LinkedCli:
    """Link the folder of an application to the stand-in whose Management API answers at `api`."""
    profile = folder / "profile.yaml"
    profile.write_text(_PROFILE.format(api))
    remembered = repository / "supabase" / ".temp" / "project-ref"
    remembered.parent.mkdir(parents=True, exist_ok=True)
    remembered.write_text(REF)
    return LinkedCli(repository, profile, token)


def prepare(server: Server, database: str = "postgres") -> None:
    """Give a furnished database what a hosted project's has beyond that."""
    text = (HERE / "hosted.sql").read_text().replace("database postgres", f"database {database}")
    with psycopg.connect(server.admin_url(database)) as admin:
        admin.execute(cast(Any, text))


@contextlib.contextmanager
def run_hosted() -> Iterator[Hosted]:
    """A hosted project as it is before its first migration; removed at the end."""
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(run_postgres(fast=True))
        folder = stack.enter_context(scratch_directory())
        server = replace(postgres.server, passwords=postgres.server.passwords | {LOGIN: secrets.token_hex(16)})
        with psycopg.connect(server.admin_url()) as admin:
            made = sql.SQL("create role {} login noinherit in role postgres password {}")
            admin.execute(made.format(sql.Identifier(LOGIN), sql.Literal(server.passwords[LOGIN])))
        prepare(server)
        ports = Ports()
        stack.callback(ports.close)
        url, keys = f"http://127.0.0.1:{ports.lease()}", Keys.generate()
        api = Api(schemas=EXPOSED, extra_search_path=("public", "extensions"), max_rows=1000)
        rest = postgrest(server, "postgres", api=api, jwks=keys.jwks, ports=ports, logs=folder)
        people = People(folder / "people.sqlite")
        hook_url = server.url("supabase_auth_admin")
        answering = stand_in(
            kind="embedded", people=people, keys=keys, issuer=issuer(url), hook_url=hook_url, port=ports.lease()
        )
        auth = stack.enter_context(answering)
        auth.hook = None
        rest.service.restart()
        stack.callback(rest.service.stop)
        whole = Stack(
            kind="embedded", url=url, db_url=server.url(), keys=keys, admin_db_url=server.admin_url(),
            postgres=postgres.service, postgrest=rest, auth=auth, people=people, workdir=folder,
        )  # fmt: skip
        project = Hosted(whole, server, rest, auth, ports, folder, keys.jwks)
        stack.callback(project.close)
        project.open()
        yield project


@contextlib.contextmanager
def shadow(project: Hosted, repository: Path) -> Iterator[str]:
    """The owner's address of another database of the same server, which has the migrations of a repository alone."""
    with Cluster("embedded", project.server).bare_database() as made:
        prepare(project.server, made)
        url = project.server.url("postgres", made)
        with psycopg.connect(url) as owner:
            for file in sorted((repository / "supabase" / "migrations").glob("*.sql")):
                owner.execute(file.read_bytes())
        yield url
