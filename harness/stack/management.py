"""A stand-in for the Management API of the platform, for one hosted stand-in: what the Supabase CLI and curl ask.

It listens on loopback, and answers whoever has its access token.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import hmac
import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from harness.stack.hosted import REF, Hosted
from ops_gates.core import FUNCTION

Answer = tuple[int, Any]
_CREATED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Management:
    """Where it answers, and the access token that it asks for."""

    url: str
    token: str = field(repr=False)


def _answer(project: Hosted, method: str, address: str, kind: str, content: bytes) -> Answer:
    """Carry out one call, as the platform does."""
    path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
    below = path.removeprefix(f"/v1/projects/{REF}")
    if below == path:
        return 404, {"message": "no such project"}
    match method, below:
        case "GET", "":
            return 200, _about()
        case "GET", "/functions":
            return 200, [_function(project)] if project.function else []
        case "POST", "/functions/deploy":
            return _deploy(project, query["slug"][0], kind, content)
        case "DELETE", named if named == f"/functions/{FUNCTION}":
            project.undeploy()
            return 200, {}
        case "POST", "/secrets":
            project.set_secrets({each["name"]: each["value"] for each in json.loads(content)})
            return 201, None
        case "PATCH", "/postgrest":
            project.expose(re.findall(r"\w+", json.loads(content)["db_schema"]))
            return 200, {"db_schema": ",".join(project.exposed()), "max_rows": 1000, "db_extra_search_path": "public"}
        case "PATCH", "/config/auth":
            given = json.loads(content)
            project.switch_hook(
                given.get("hook_custom_access_token_uri") if given["hook_custom_access_token_enabled"] else None
            )
            return 200, given
    return 404, {"message": f"this stand-in does not answer {method} {path}"}


def _about() -> dict[str, Any]:
    host = f"db.{REF}.stand-in.invalid"
    database = {"host": host, "version": "17", "postgres_engine": "17", "release_channel": "ga"}
    named = {"id": REF, "ref": REF, "name": "stand-in", "organization_id": "o", "organization_slug": "o"}
    return {**named, "region": "local", "created_at": _CREATED, "status": "ACTIVE_HEALTHY", "database": database}


def _function(project: Hosted) -> dict[str, Any]:
    named = {"id": FUNCTION, "slug": FUNCTION, "name": FUNCTION, "status": "ACTIVE", "version": 1}
    return {**named, "created_at": 1, "updated_at": 1, "verify_jwt": project.verify_jwt}


def _deploy(project: Hosted, slug: str, kind: str, content: bytes) -> Answer:
    """Serve the files of an upload: a form of several parts, one of which is about the function."""
    form = email.message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + content, policy=email.policy.HTTP)
    files: dict[str, bytes] = {}
    about: Mapping[str, Any] = {}
    for part in form.iter_parts():
        sent = cast(bytes, part.get_payload(decode=True))
        if name := part.get_filename():
            files[name] = sent
        else:
            about = json.loads(sent)
    if slug != FUNCTION:
        return 201, {**_function(project), "slug": slug, "name": slug}  # one of the application's own
    project.deploy(files, verify_jwt=about.get("verify_jwt", True))
    return 201, _function(project)


def _handler(project: Hosted, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 120

        def _respond(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            given = self.headers.get("authorization") or ""
            if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                status, said = 401, {"message": "Unauthorized"}
            else:
                status, said = _answer(project, self.command, self.path, self.headers["content-type"] or "", content)
            body = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _respond  # noqa: N815 - names that the library calls

        def log_message(self, *_: Any) -> None:
            """Say nothing: a line could quote what was sent."""

    return Handler


@contextlib.contextmanager
def management(project: Hosted) -> Iterator[Management]:
    """The Management API of a stand-in, on a port of this machine until the end of the block."""
    token = f"sbp_{secrets.token_hex(20)}"
    port = project.ports.lease()
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(project, token))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield Management(f"http://127.0.0.1:{port}", token)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
