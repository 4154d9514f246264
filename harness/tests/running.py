"""Whether a stack answers, and whether a process runs."""

from __future__ import annotations

import os
from pathlib import Path

from harness.stack import Stack


def answers(stack: Stack) -> bool:
    """Whether a read through the gateway succeeds."""
    headers = {"apikey": stack.secret_key, "Accept-Profile": "ops"}
    return stack.http.get(f"{stack.rest_url}/releases?limit=1", headers=headers).is_success


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be counted does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")
