"""`ops-gates board`: the page that shows releases and takes decisions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ops_gates import settings
from ops_gates.board import hosting, page, server
from ops_gates.commands import show
from ops_gates.errors import UsageFault


def board(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="The port on this machine; stay with one: sessions belong to it.")
    ] = server.PORT,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the files for a static host there, and serve nothing.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="URL", help="With --out: where the files are published, to check it.")
    ] = None,
) -> None:
    """Serve the board on this machine until Ctrl-C, or write its files for a static host.

    It is for the project of SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY. The page has no rights of its own: everybody
    signs in there. Whoever serves the files must send the headers that are written with them.

    Example: ops-gates board --out site --address https://board.example.com
    """
    if address is not None:
        if out is None:
            raise UsageFault("--address goes with --out, which is not given")
        hosting.require_own_origin(address)
    project = _project()
    if out is not None:
        for name in hosting.write(project, out):
            show.line("wrote", str(out / name), *_SAID.get(name, ()))
        for step in _next_steps(project, address):
            show.line(step)
        return
    with server.Server(project, port) as serving:
        show.line(f"the board of {project.url} is at {serving.url}; Ctrl-C ends it")
        serving.serve_forever(poll_interval=0.2)


_SAID = {
    hosting.MANIFEST: ("(it lists them: a later run replaces what is listed, and nothing else)",),
    "headers.nginx.conf": ("(for nginx: include it in the server block)",),
}


def _next_steps(project: page.Project, address: str | None) -> Iterator[str]:
    """What is left to do until people can sign in there."""
    there = address or "the address where you publish it"
    yield "then:"
    yield "1. publish the folder at an origin of its own" + (f": {address}" if address else "; --address checks it")
    yield "2. see that the host sends the headers: Netlify, Cloudflare Pages, Vercel and Azure read the files for them"
    yield f"3. add {there} to the redirect URLs of {project.url}, if people sign in with a link or single sign-on"
    yield "4. see that schema ops is exposed: ops-gates preflight"


def _project() -> page.Project:
    """The project that the environment names; UsageFault if its publishable key is not at hand."""
    chosen, store = settings.sign_in_at(os.environ)
    session = None if chosen.key else store.read()
    key = chosen.key or (session.publishable_key if session else "")
    if not key:
        raise UsageFault("SUPABASE_PUBLISHABLE_KEY is not set: the page needs it, and never a secret key")
    return page.project(chosen.url, key)
