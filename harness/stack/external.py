"""OPS_STACK=external: an existing project, from `supabase start` or hosted, named by the environment."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from harness.stack.errors import StackError
from harness.stack.keys import Keys

REQUIRED = ("SUPABASE_URL", "SUPABASE_SECRET_KEY", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_DB_URL")


@dataclass(frozen=True)
class _NoSigningKey(Keys):
    """API keys of a project whose signing key we do not know."""

    def sign(self, payload: dict[str, Any]) -> str:
        raise StackError(
            f"no token can be signed for role {payload.get('role')}",
            checked="SUPABASE_JWT_PRIVATE_KEY is not set",
            mend="set it to the project's ES256 signing key, a JWK with `kid`",
        )


@dataclass(frozen=True)
class ExternalProject:
    """A project that somebody else runs: where it is, and its keys."""

    url: str
    db_url: str = field(repr=False)
    keys: Keys = field(repr=False)


def named_project() -> ExternalProject:
    """The project that the environment names; StackError names the variables that are missing."""
    given = {name: os.environ.get(name, "").strip() for name in REQUIRED}
    if missing := [name for name, value in given.items() if not value]:
        raise StackError(
            f"OPS_STACK=external needs {', '.join(missing)}",
            checked="the environment",
            mend="set them: `supabase status` and the dashboard show their values",
        )
    keys = (given["SUPABASE_SECRET_KEY"], given["SUPABASE_PUBLISHABLE_KEY"])
    signing_key = _signing_key()
    return ExternalProject(
        url=given["SUPABASE_URL"].rstrip("/"),
        db_url=given["SUPABASE_DB_URL"],
        keys=Keys(signing_key, *keys) if signing_key else _NoSigningKey({}, *keys),
    )


def _signing_key() -> dict[str, Any]:
    text = os.environ.get("SUPABASE_JWT_PRIVATE_KEY", "").strip()
    if not text:
        return {}
    try:
        key = json.loads(text)
    except ValueError:
        key = None
    if not isinstance(key, dict) or not {"kty", "kid", "d"} <= key.keys():
        raise StackError(
            "SUPABASE_JWT_PRIVATE_KEY is not a private key",
            checked="a JWK with kty, kid and d",
            mend="correct or unset it",
        )
    return key
