"""The files of the page, filled in for one project, and the headers that go with them."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ops_gates import settings, sources
from ops_gates.errors import UsageFault

# Where the wheel has the built page, and where set-up builds it in a checkout.
PLACES = (Path(__file__).parent / "page", Path(__file__).parents[3] / ".cache" / "board" / "page")
COPIED = ("index.html", "style.css", "board.js", "licenses.txt")
CONFIG = "config.js"
POLICY_HERE = "__CSP__"
TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
# A page cannot set these itself.
HEADERS: Mapping[str, str] = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Project:
    """The project that a page shows."""

    url: str
    publishable_key: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what the page may connect to."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of the page, as far as the page itself can say it."""
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            f"connect-src {self.origin}; base-uri 'none'; form-action 'none'"
        )

    @property
    def headers(self) -> dict[str, str]:
        """What whoever serves the page sends with each file."""
        return {"Content-Security-Policy": f"{self.policy}; frame-ancestors 'none'", **HEADERS}


def project(url: str, publishable_key: str) -> Project:
    """The project of an address and a key; UsageFault if the key is for more than a browser may have."""
    # The key is in a file that everybody can read, so only what is known to be public is taken.
    is_public = publishable_key.startswith("sb_publishable_") or sources.role_of(publishable_key) == "anon"
    if not is_public:
        raise UsageFault("SUPABASE_PUBLISHABLE_KEY is no publishable key (sb_publishable_…), and the page is public")
    return Project(url, publishable_key)


def files(project: Project) -> dict[str, str]:
    """Every file of the page by name; UsageFault if this installation came without it."""
    folder = next((place for place in PLACES if (place / "board.js").is_file()), None)
    if folder is None:
        raise UsageFault(
            "this installation came without the page: install ops-release-gates anew where Deno and npm can be reached,"
            " or type `make setup` in a checkout"
        )
    found = {name: (folder / name).read_text(encoding="utf-8") for name in COPIED}
    if found["index.html"].count(POLICY_HERE) != 1:
        raise UsageFault("the page has no place for its Content-Security-Policy: install ops-release-gates anew")
    found["index.html"] = found["index.html"].replace(POLICY_HERE, html.escape(project.policy))
    return {**found, CONFIG: _config(project)}


def _config(project: Project) -> str:
    """The one file that differs from project to project."""
    host = urlsplit(project.url).hostname or ""
    said = {
        "url": project.url,
        "publishableKey": project.publishable_key,
        "development": settings.is_loopback(host),
    }
    return f"globalThis.OPS_BOARD = {json.dumps(said, indent=2)};\n"
