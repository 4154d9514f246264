"""Who was named in a call, where the schema does not know them. Standard library only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ops_gates import refusals
from ops_gates.errors import Refused


@contextlib.contextmanager
def naming(person: str | None, *, wanted_by: str | None = None) -> Iterator[None]:
    """Say which person is not known, and what to do about it, where the schema refuses with OPS06.

    `wanted_by` is who wants a change of memberships or projects; `person` is somebody else whom the change is about.
    """
    try:
        yield
    except Refused as error:
        if error.code != "OPS06":
            raise
        if wanted_by is not None and error.message != refusals.NO_MEMBER:
            who, hint = f"on behalf of {wanted_by!r}", refusals.WANTED_BY
        else:
            who = "nobody was named" if person is None else f"named: {person!r}"
            hint = refusals.REGISTER if wanted_by is None else refusals.LISTED
        raise Refused(error.code, error.message, detail=who, hint=hint) from None
