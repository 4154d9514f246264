"""A project that nobody asks, and somebody who types `ops-gates board` for it."""

from __future__ import annotations

from harness.tests.terminal import Terminal
from ops_gates.board import page

KEY = "sb_publishable_0123456789"
URL = "https://abc.supabase.co"
PROJECT = page.Project(URL, KEY)
TYPIST = Terminal({"SUPABASE_URL": URL, "SUPABASE_PUBLISHABLE_KEY": KEY})
