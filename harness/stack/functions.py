"""The edge function under Deno, with the environment that the platform gives it."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from harness.stack.keys import Keys
from harness.stack.parts import deno_binary, deno_environment
from harness.stack.process import Ports, Service

FUNCTION = "ops-event-ingest"

# Whatever the function and its libraries may read; the platform has no others.
_ALLOWED = (
    *("SUPABASE_*", "OPS_*", "SB_*", "DENO_*", "NODE_*"),
    *("CI", "DEBUG", "FORCE_COLOR", "HOME", "NO_COLOR", "TERM"),
)


@dataclass(frozen=True)
class EdgeFunction:
    """The edge function, served."""

    service: Service
    port: int


def entry_point(workdir: Path) -> Path:
    """The function's `index.ts`, there or not."""
    return workdir / "supabase" / "functions" / FUNCTION / "index.ts"


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True  # a refusal is an answer
    except OSError:
        return False
    return True


def edge_function(*, project_url: str, keys: Keys, ports: Ports, logs: Path, workdir: Path) -> EdgeFunction:
    """The function on a free loopback port, to be started; it finds the database through `project_url`.

    Modules may say `export default { fetch }` or call `Deno.serve`.
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
            OPS_JWT_ISSUER=issuer(project_url),
            OPS_JWT_AUDIENCE="authenticated",
        ),
        cwd=index.parent,
        mend="make setup, which fetches its dependencies",
    )
    return EdgeFunction(service, port)


def issuer(project_url: str) -> str:
    """Who signs a project's tokens."""
    return f"{project_url}/auth/v1"
