"""The edge function under Deno, with the environment that the platform gives it."""

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

FUNCTION = "ops-event-ingest"

# The variables that the function and its libraries may read.
_ALLOWED = (
    *("SUPABASE_*", "OPS_*", "SB_*", "DENO_*", "NODE_*"),
    *("CI", "DEBUG", "FORCE_COLOR", "HOME", "NO_COLOR", "TERM"),
)


@dataclass(frozen=True)
class EdgeFunction:
    """The edge function as a process, and its port."""

    service: Service
    port: int


def entry_point(workdir: Path) -> Path:
    """The path of the function's `index.ts`, which may not exist."""
    return workdir / "supabase" / "functions" / FUNCTION / "index.ts"


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
) -> EdgeFunction:
    """The function on a free loopback port, not started yet; it calls the API at `project_url`.

    The module may have `export default { fetch }`, or call `Deno.serve`. `variables` are the secrets of the project,
    those of a local stack if left out.
    """
    index = entry_point(workdir)
    port = ports.lease()
    permissions = [
        "--no-prompt",
        "--cached-only",
        "--allow-net=127.0.0.1",
        f"--allow-env={','.join(_ALLOWED)}",
    ]
    if re.search(r"^export default\b", index.read_text(), re.MULTILINE):
        serve = ["serve", *permissions, "--host", "127.0.0.1", "--port", str(port)]
    else:
        serve = ["run", *permissions]
    url = f"http://127.0.0.1:{port}"
    service = Service(
        FUNCTION,
        [deno_binary(), *serve, index],
        log=logs / "function.log",
        ready=lambda: _answers(f"{url}/{FUNCTION}"),
        env=deno_environment(
            DENO_SERVE_ADDRESS=f"tcp:127.0.0.1:{port}",
            SUPABASE_URL=project_url,
            SUPABASE_PUBLISHABLE_KEYS=json.dumps({"default": keys.publishable_key}),
            SUPABASE_SECRET_KEYS=json.dumps({"default": keys.secret_key}),
            SUPABASE_JWKS=json.dumps(keys.jwks),
            SUPABASE_FUNCTION_SLUG=FUNCTION,
            **(_local(project_url) if variables is None else variables),
        ),
        cwd=index.parent,
        mend="make setup, which fetches its dependencies",
    )
    return EdgeFunction(service, port)


def _local(project_url: str) -> dict[str, str]:
    return {
        "OPS_JWT_ISSUER": issuer(project_url),
        "OPS_JWT_AUDIENCE": "authenticated",
        "OPS_CORS_ORIGINS": "http://localhost:*,http://127.0.0.1:*",
    }


def issuer(project_url: str) -> str:
    """The issuer in a project's tokens."""
    return f"{project_url}/auth/v1"
