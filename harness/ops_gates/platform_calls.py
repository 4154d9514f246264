"""What a person types or calls to change a project of the platform. Standard library only."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from ops_gates.core import FUNCTION, SENDER

LOGIN = "npx supabase login"
LINK = "npx supabase link --project-ref <ref>"
PUSH = "npx supabase db push --remote"
DEPLOY = f"npx supabase functions deploy {FUNCTION}"
DEPLOY_SENDER = f"npx supabase functions deploy {SENDER}"
HOOK = "pg-functions://postgres/ops/custom_access_token_hook"
HOOK_SETTINGS = {"hook_custom_access_token_enabled": True, "hook_custom_access_token_uri": HOOK}
"""The settings of `config/auth` that switch the access-token hook on."""


def management_call(ref: str | None, of: str, settings: Mapping[str, object]) -> str:
    """The call of the Management API that changes settings of a hosted project, in one line for bash.

    `of` is postgrest or config/auth. Without its `ref`, a word stands in its place.
    """
    address = f"https://api.supabase.com/v1/projects/{ref or '<ref>'}/{of}"
    header = """--header @<(printf 'Authorization: Bearer %s' "$SUPABASE_ACCESS_TOKEN")"""
    body = shlex.quote(json.dumps(settings))  # it may hold what somebody wrote into a file, or a project answered
    return f"curl --fail-with-body --request PATCH {header} --json {body} {shlex.quote(address)}"
