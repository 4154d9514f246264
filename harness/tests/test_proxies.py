"""Every program reaches its project through the proxy of a company, and trusts the certificates that it is told to."""

from __future__ import annotations

import contextlib
import datetime
import json
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ops_gates import settings
from ops_gates.client import Gates
from ops_gates.core import Core
from ops_gates.errors import Unreachable
from ops_gates.producers import wire
from ops_gates.retry import Retry

HOST, SECRET = "project.example", "sb_secret_kept_to_itself"
ADDRESS = f"https://{HOST}"


def certificate(folder: Path) -> Path:
    """A certificate of the host that nobody else trusts, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([
            x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


class Project(BaseHTTPRequestHandler):
    """A project that answers every call with its version."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps("9.9.9").encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    """A server at work; its port."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch, file: Path, variable: str) -> Iterator[list[str]]:
    """A project that only a proxy reaches, which the variable names; what the proxy was asked for."""
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            with socket.create_connection(("127.0.0.1", port)) as beyond:
                self.send_response(200)
                self.end_headers()
                back = Thread(target=pump, args=(beyond, self.connection))
                back.start()
                pump(self.connection, beyond)
                back.join()

        def log_message(self, *_: object) -> None:
            pass

    project = ThreadingHTTPServer(("127.0.0.1", 0), Project)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    project.socket = context.wrap_socket(project.socket, server_side=True)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(project) as port, serving(ThreadingHTTPServer(("127.0.0.1", 0), Proxy)) as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy}")
        yield asked


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until it ends."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


def versions_told() -> list[tuple[bool, str | None]]:
    """What the project says to the client, and to what runs on bare Python."""
    with Gates.at(ADDRESS, SECRET, retry=Retry.never()) as client:
        bare: Core = wire.project_of(settings.Settings(ADDRESS, SECRET, retry=Retry.never()))
        return [client.schema_version(), bare.schema_version()]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_both_transports_reach_a_project_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with proxied(monkeypatch, file, variable) as asked:
        assert versions_told() == [(True, "9.9.9")] * 2
    assert asked == [f"{HOST}:443"] * 2


def test_a_certificate_that_nobody_trusts_is_refused_behind_a_proxy_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with proxied(monkeypatch, certificate(tmp_path), "HTTPS_PROXY") as asked:
        with Gates.at(ADDRESS, SECRET, retry=Retry.never()) as client:
            for project in (client, wire.project_of(settings.Settings(ADDRESS, SECRET, retry=Retry.never()))):
                with pytest.raises(Unreachable):
                    project.eligible("00000000-0000-0000-0000-000000000007", "dev")
        assert asked == [f"{HOST}:443"] * 2
