"""Which rows are asked for, and how PostgREST is told. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Query:
    """Rows of a table or view that are wanted: those whose columns equal what is given.

    None is null, and of a tuple any one will do.
    """

    table: str
    columns: str
    equal: Mapping[str, Any] = field(default_factory=dict)
    order: Sequence[str] = ()
    first: int = 0
    most: int | None = None
    """How many at most, with the number of all of them in the answer's Content-Range."""
    backwards: bool = False
    """The last ones by the order come first."""

    def conditions(self) -> Iterator[tuple[str, str, str]]:
        """What is asked of each column, as PostgREST has it: its name, the operator and the value."""
        for column, value in self.equal.items():
            match value:
                case None:
                    yield column, "is", "null"
                case tuple():
                    quoted = (str(one).replace("\\", "\\\\").replace('"', '\\"') for one in value)
                    yield column, "in", "({})".format(",".join(f'"{one}"' for one in quoted))
                case _:
                    yield column, "eq", str(value)
