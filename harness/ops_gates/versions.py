"""Whether a client and the schema of a project fit. Standard library only."""

from __future__ import annotations

from importlib import metadata


def of_this() -> str:
    """The version of this package."""
    return metadata.version("ops-release-gates")


def misfit(client: str, schema: str | None) -> str | None:
    """What is wrong with two versions, in words; None where they fit, which is when they differ in the patch alone.

    A patch release changes no name, argument or answer, so an older one of either side works with a newer one of the
    other. Everything asks here: `status`, `whoami` and `preflight` say the same of two versions.
    """
    if schema is None:
        return f"this client is {client}, and the schema is older than every release"
    if client.split(".")[:2] == schema.split(".")[:2]:
        return None
    return f"this client is {client}, and the schema is {schema}"


def way_out(schema: str | None) -> str:
    """What to do about two versions that do not fit."""
    if schema is None:
        return "install the schema anew"
    return (
        "bring the schema to the client (`ops-gates upgrade`), or the client to the schema "
        f"(`pipx install --force` of v{schema}, as in docs/install.md)"
    )
