"""The edge functions under Deno, with the environment that the platform gives them."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.stack.keys import Keys
from harness.stack.parts import deno_binary, deno_environment
from harness.stack.process import Ports, Service
from ops_gates.core import FUNCTION, SENDER

# The variables that the function and its libraries may read.
_ALLOWED = (
    *("SUPABASE_*", "OPS_*", "SB_*", "DENO_*", "NODE_*"),
    *("CI", "DEBUG", "FORCE_COLOR", "HOME", "NO_COLOR", "TERM"),
)


@dataclass(frozen=True)
class EdgeFunction:
    """An edge function as a process, and its port."""

    service: Service
    port: int


def entry_point(workdir: Path, name: str = FUNCTION) -> Path:
    """The path of a function's `index.ts`, which may not exist."""
    return workdir / "supabase" / "functions" / name / "index.ts"


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=10).close()
    except urllib.error.HTTPError:
        return True  # a refusal is an answer
    except OSError:
        return False
    return True


def edge_function(
    *,
    project_url: str,
    keys: Keys,
    ports: Ports,
    logs: Path,
    workdir: Path,
    variables: Mapping[str, str] | None = None,
    name: str = FUNCTION,
) -> EdgeFunction:
    """A function on a free loopback port, not started yet; it calls the API at `project_url`.

    The module may have `export default { fetch }`, or call `Deno.serve`. `variables` are the secrets of the project,
    those of a local stack if left out. The sender of notices may call any address: which it refuses is its own rule.
    """
    index = entry_point(workdir, name)
    port = ports.lease()
    permissions = [
        "--no-prompt",
        "--cached-only",
        "--allow-net" if name == SENDER else "--allow-net=127.0.0.1",
        f"--allow-env={','.join(_ALLOWED)}",
    ]
    if re.search(r"^export default\b", index.read_text(), re.MULTILINE):
        serve = ["serve", *permissions, "--host", "127.0.0.1", "--port", str(port)]
    else:
        serve = ["run", *permissions]
    url = f"http://127.0.0.1:{port}"
    service = Service(
        name,
        [deno_binary(), *serve, index],
        log=logs / ("function.log" if name == FUNCTION else f"{name}.log"),
        ready=lambda: _answers(f"{url}/{name}"),
        env=deno_environment(
            DENO_SERVE_ADDRESS=f"tcp:127.0.0.1:{port}",
            SUPABASE_URL=project_url,
            SUPABASE_PUBLISHABLE_KEYS=json.dumps({"default": keys.publishable_key}),
            SUPABASE_SECRET_KEYS=json.dumps({"default": keys.secret_key}),
            SUPABASE_JWKS=json.dumps(keys.jwks),
            SUPABASE_FUNCTION_SLUG=name,
            **(_local(project_url) if variables is None else variables),
        ),
        cwd=index.parent,
        mend="make setup, which fetches its dependencies",
    )
    return EdgeFunction(service, port)


def edge_functions(
    *,
    project_url: str,
    keys: Keys,
    ports: Ports,
    logs: Path,
    workdir: Path,
    notices: Mapping[str, str] | None = None,
) -> dict[str, EdgeFunction]:
    """By name, the functions of a local stack that are there, not started yet.

    `notices` are the secrets of the sender of notices; it is left out without them.
    """
    given: dict[str, Mapping[str, str] | None] = {FUNCTION: None}
    if notices is not None:
        given[SENDER] = {"OPS_NOTICE_BOARD_URL": f"{project_url}/board/", **notices}
    return {
        name: edge_function(
            project_url=project_url, keys=keys, ports=ports, logs=logs, workdir=workdir, variables=variables, name=name
        )
        for name, variables in given.items()
        if entry_point(workdir, name).exists()
    }


def _local(project_url: str) -> dict[str, str]:
    return {
        "OPS_JWT_ISSUER": issuer(project_url),
        "OPS_JWT_AUDIENCE": "authenticated",
        "OPS_CORS_ORIGINS": "http://localhost:*,http://127.0.0.1:*",
    }


def notices(environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets of the sender of notices, as an environment has them."""
    return {name: value for name, value in environment.items() if name.startswith("OPS_NOTICE_")}


def issuer(project_url: str) -> str:
    """The issuer in a project's tokens."""
    return f"{project_url}/auth/v1"
