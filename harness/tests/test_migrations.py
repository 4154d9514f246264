"""The migrations as the Supabase CLI applies them, and what its advisors say of the result."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from harness.stack import Stack, StackError
from harness.stack.cli_tool import SupabaseCli


def test_a_second_push_has_nothing_to_do(stack: Stack) -> None:
    assert "up to date" in SupabaseCli(stack.workdir).push(stack.db_url).lower()


def test_the_advisors_have_no_warning(stack: Stack) -> None:
    SupabaseCli(stack.workdir).advisors(stack.db_url, fail_on="warn")


def test_the_advisors_do_warn(fresh_db: Callable[[], str]) -> None:
    url = fresh_db()
    with psycopg.connect(url) as owner:
        owner.execute("create table ops.forgotten (id integer primary key)")
        owner.execute("grant select on ops.forgotten to anon")
    with pytest.raises(StackError, match="rls_disabled"):
        SupabaseCli().advisors(url, fail_on="warn")
