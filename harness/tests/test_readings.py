"""Pages of a timeline, as a project answers them and as none does."""

from __future__ import annotations

from typing import Any

import pytest

from ops_gates import readings
from ops_gates.errors import Unreachable

ENTRY = {"at": "2026-10-25T03:00:00+01:00", "kind": "check"}


def read(*befores: str | None, most: int | None = None) -> tuple[list[Any], bool]:
    """A timeline with an entry on each page."""
    pages = iter(befores)
    return readings.timeline(lambda *_: {"entries": [ENTRY], "before": next(pages)}, "r", most)


def test_pages_are_put_together_also_where_the_clocks_of_the_server_were_turned() -> None:
    # 01:10 and 00:50 in UTC: the later text is the earlier moment.
    assert read("2026-10-25T02:10:00+01:00", "2026-10-25T02:50:00+02:00", None) == ([ENTRY] * 3, True)


def test_more_than_was_asked_for_is_not_all() -> None:
    assert read("2026-10-25T02:10:00+01:00", None, most=1) == ([ENTRY], False)
    assert read("2026-10-25T02:10:00+01:00", None, most=2) == ([ENTRY] * 2, True)


@pytest.mark.parametrize("page", [{"entries": []}, {"before": None}, [], None, {"entries": [{}], "before": None}])
def test_what_is_no_page_is_no_projects(page: Any) -> None:
    with pytest.raises(Unreachable):
        readings.timeline(lambda *_: page, "r", None)


@pytest.mark.parametrize("second", ["2026-10-25T02:10:00+01:00", "2026-10-25T01:20:00Z", "2026-10-25T01:00:00", "x"])
def test_a_page_that_is_not_earlier_than_the_one_after_it_is_no_projects(second: str) -> None:
    with pytest.raises(Unreachable):
        read("2026-10-25T02:10:00+01:00", second, None)
