"""The one address of a project; see `gateway.ts`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.stack.keys import Jwks
from harness.stack.parts import deno_binary, deno_environment
from harness.stack.postgrest import responds
from harness.stack.process import Service
from ops_gates.board import page
from ops_gates.errors import UsageFault

_SOURCE = Path(__file__).with_name("gateway.ts")


@dataclass(frozen=True)
class Gateway:
    """The gateway as a process, and its address."""

    service: Service
    url: str


def gateway(
    *,
    port: int,
    rest_port: int,
    functions: Mapping[str, int],
    verified: Collection[str] = (),
    auth_port: int,
    jwks: Jwks,
    tokens: Mapping[str, str],
    publishable_key: str | None = None,
    logs: Path,
) -> Gateway:
    """The gateway on `port`, not started yet; `tokens` has for each API key the token that PostgREST gets.

    It asks for a token of this project before it passes a call on to one of the functions in `verified`. With a
    `publishable_key` it serves the board too, which the gateway of a platform does not.
    """
    url = f"http://127.0.0.1:{port}"
    ports = {"port": port, "rest": rest_port, "auth": auth_port}
    named = {"functions": {**functions}, "verified": [*verified]}
    board = logs / "board"
    served = _written(page.Project(url, publishable_key), board) if publishable_key else {"files": {}, "headers": {}}
    config = {**ports, **named, "keys": {**tokens}, "jwks": jwks, "board": served}
    service = Service(
        "the gateway",
        [
            deno_binary(), "run", "--no-prompt", "--cached-only", "--no-config",
            "--allow-net=127.0.0.1", "--allow-env=GATEWAY", f"--allow-read={board}", _SOURCE,
        ],
        log=logs / "gateway.log",
        ready=lambda: responds(f"{url}/auth/v1/.well-known/jwks.json"),
        env=deno_environment(GATEWAY=json.dumps(config)),
    )  # fmt: skip
    return Gateway(service, url)


def _written(project: page.Project, folder: Path) -> dict[str, Mapping[str, object]]:
    """The files of the board, filled in for a project; none in a checkout that has not built the page."""
    try:
        contents = page.files(project)
    except UsageFault:
        contents = {}
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    files = {name: {"path": str(folder / name), "type": page.TYPES[Path(name).suffix]} for name in contents}
    return {"files": files, "headers": project.headers}
