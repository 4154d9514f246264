"""Serves the page on this machine alone."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ops_gates.board import page
from ops_gates.errors import UsageFault

HOST = "127.0.0.1"
# The same each time: what a browser keeps, and where Supabase Auth may lead back to, belong to an address.
PORT = 8471


class Server(ThreadingHTTPServer):
    """The page, as it was when the server started."""

    daemon_threads = True
    # Elsewhere this would let two servers share the port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, project: page.Project, port: int) -> None:
        """Listen on that port of this machine; UsageFault if it is taken."""
        self.files = {name: content.encode() for name, content in page.files(project).items()}
        self.headers: Mapping[str, str] = project.headers
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            why = "is in use" if error.errno == errno.EADDRINUSE else "is not for every user"
            raise UsageFault(
                f"port {port} of this machine {why}: end what has it, or name another with --port"
            ) from None

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: Server

    def version_string(self) -> str:
        return "ops-gates"

    def do_GET(self) -> None:
        status, name = self._found()
        if status == HTTPStatus.OK:
            self._answer(status, name, self.server.files[name])
        else:
            self.send_error(status)

    do_HEAD = do_GET  # noqa: N815 - a name that the library calls

    def send_error(self, code: int, *_: object) -> None:
        """Say no with the headers of the page, also where the library does: to another method, or to no request."""
        status = HTTPStatus(code)
        self.close_connection = True
        # What could not be read counts as HTTP/0.9 with the library, which then leaves all headers out.
        self.request_version = self.protocol_version
        self._answer(status, "refused.txt", f"{status} {status.phrase}\n".encode())

    def _answer(self, status: HTTPStatus, name: str, content: bytes) -> None:
        self.send_response(status)
        for header, value in self.server.headers.items():
            self.send_header(header, value)
        self.send_header("Content-Type", page.TYPES[PurePosixPath(name).suffix])
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _found(self) -> tuple[HTTPStatus, str]:
        """The file that is asked for. Only our own names count: another name could lead a foreign page here."""
        port = self.server.server_address[1]
        if self.headers.get_all("Host") not in ([f"{HOST}:{port}"], [f"localhost:{port}"]):
            return HTTPStatus.MISDIRECTED_REQUEST, ""
        try:
            name = urlsplit(self.path).path.removeprefix("/") or "index.html"
        except ValueError:
            return HTTPStatus.BAD_REQUEST, ""
        return (HTTPStatus.OK, name) if name in self.server.files else (HTTPStatus.NOT_FOUND, "")

    def log_message(self, *_: object) -> None:
        """Say nothing: a line could quote what a sign-in adds to the address."""
