"""What the tests of the catalogue share: the schemas, whom they ask about, and what the access page grants."""

from __future__ import annotations

import re
from typing import Any

from harness.check.access import ACCESS
from harness.prove.access_scene import Scene

Pairs = set[tuple[Any, ...]]
SCHEMAS = ("ops", ACCESS.private.schema)
BOTH = f"in ('{SCHEMAS[0]}'::regnamespace, '{SCHEMAS[1]}'::regnamespace)"
OURS = re.compile(r"\b(" + "|".join(SCHEMAS) + r")\.")
# Whom to ask about: the nine, the others that the file names, what everybody has, and who logs in for the API.
ASKED = [*ACCESS.nine, *ACCESS.others, "authenticator", "public"]


def rows(scene: Scene, query: Any, *values: Any) -> Pairs:
    """Rows as the owner sees them."""
    return {*scene.owner(query, list(values) or None)}


def granted_on_tables() -> Pairs:
    """(relation, role, privilege) of whole relations."""
    return {
        (name, role, verb)
        for name, table in ACCESS.tables.items()
        for verb, rights in table.rights.items()
        for role, right in rights.items()
        if right.columns is None
    } | {
        *((view, role, "select") for view, roles in ACCESS.views.items() for role in roles),
        *(
            (name, role, verb)
            for role, other in ACCESS.others.items()
            for name, verbs in other.tables.items()
            for verb in verbs
        ),
    }


def granted_on_columns() -> Pairs:
    """(table, column, role, privilege) where only columns are granted."""
    return {
        (name, column, role, verb)
        for name, table in ACCESS.tables.items()
        for verb, rights in table.rights.items()
        for role, right in rights.items()
        for column in right.columns or ()
    }


def private_views(scene: Scene) -> set[tuple[str, str]]:
    """The private views, each with a view of the API that is made of it, and so is read with its reader's rights."""
    made_of = (
        "with recursive of (relation, view) as ("
        "  select d.refobjid, w.ev_class from pg_depend d"
        "  join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid"
        "  where d.refclassid = 'pg_class'::regclass and w.ev_class <> d.refobjid"
        " ), made_of (relation, view) as ("
        "  select * from of union select m.relation, o.view from made_of m join of as o on o.relation = m.view)"
        " select c.relname, v.relname from made_of m join pg_class c on c.oid = m.relation"
        " join pg_class v on v.oid = m.view"
        f" where c.relkind = 'v' and c.relnamespace = '{ACCESS.private.schema}'::regnamespace"
        " and v.relnamespace = 'ops'::regnamespace"
    )
    return {(name, view) for name, view in rows(scene, made_of)}


def for_everybody(scene: Scene) -> set[str]:
    """The private functions that run as whoever reads or writes, by what the catalogue says of where they are named."""
    places = {*ACCESS.private.executable_where_named_in}
    return {f.signature for f in scene.functions(ACCESS.private.schema) if places.intersection(f.places)}


def granted_on_functions() -> Pairs:
    """(function, role)."""
    return {(name, role) for name, roles in ACCESS.functions.items() for role in roles} | {
        (name, role) for role, other in ACCESS.others.items() for name in other.functions
    }
