"""`ops-gates preflight`: what is left to do until a project takes releases."""

from __future__ import annotations

import os

from ops_gates import readiness, settings
from ops_gates.commands import checklist, show
from ops_gates.errors import UsageFault
from ops_gates.producers.wire import Wire


def preflight(json: show.AsJson = False) -> None:
    """Check that a project is ready for releases, and say what is left to do as commands.

    Needs SUPABASE_SECRET_KEY. With SUPABASE_PUBLISHABLE_KEY and the sign-in of a bot (OPS_BOT_EMAIL,
    OPS_BOT_PASSWORD) it also signs in, to see whether the access-token hook gives roles. Nothing is written. Ends
    with 1 when something is left to do, with 4 when a key or a sign-in is not taken, with 5 when nobody answers.

    Example: ops-gates preflight
    """
    address, bot, retry = settings.everything(os.environ)
    settings.refuse_empty("SUPABASE_SECRET_KEY", os.environ)
    if not address.secret:
        raise UsageFault("preflight needs SUPABASE_SECRET_KEY, which is not set")
    publishable = Wire(address.url, address.publishable) if address.publishable else None
    before = tuple(name for name in settings.BEFORE_THE_KEY if name in os.environ)
    project = readiness.Project(Wire(address.url, address.secret), publishable, bot, retry, before)
    checklist.tell(readiness.checks(project), json)
