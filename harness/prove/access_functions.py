"""The functions of both schemas, as the catalogue has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from harness.check.access import PLACES


@dataclass(frozen=True)
class Function:
    """A function as the catalogue has it. `call` is a call of it with nulls; `places` are words of `access.PLACES`."""

    oid: int
    schema: str
    name: str
    signature: str
    call: str
    arguments: int
    source: str
    settings: list[str]
    is_definer: bool
    is_trigger: bool
    is_set: bool
    places: list[str]

    @property
    def code(self) -> str:
        """Its body without comments."""
        return re.sub(r"--.*", "", self.source)


def functions_of(db: psycopg.Connection[Any], *schemas: str) -> list[Function]:
    """The functions of these schemas, by signature."""
    places = sql.SQL(", ").join(
        sql.SQL("case when {} then {} end").format(sql.SQL(condition), sql.Literal(place))
        for place, condition in PLACES.items()
    )
    query = sql.SQL(
        "select p.oid::bigint as oid, n.nspname as schema, p.proname as name, p.oid::regprocedure::text as signature,"
        " format('%%s %%I.%%I(%%s)', case p.prokind when 'p' then 'call' else 'select' end, n.nspname, p.proname,"
        "  (select string_agg(case when p.provariadic <> 0 and a.n = p.pronargs then 'variadic ' else '' end"
        "   || 'null::' || format_type(a.type, null), ', ' order by a.n)"
        "   from unnest(p.proargtypes) with ordinality as a (type, n))) as call,"
        " p.pronargs as arguments, p.prosrc as source, coalesce(p.proconfig, '{{}}') as settings,"
        " p.prosecdef as is_definer, p.prorettype = 'trigger'::regtype as is_trigger, p.proretset as is_set,"
        " array_remove(array(select distinct unnest(array[{}]) from pg_depend d"
        "  where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid), null) as places"
        " from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname = any (%s) order by signature"
    ).format(places)
    with db.cursor(row_factory=class_row(Function)) as cursor:
        return cursor.execute(query, [list(schemas)]).fetchall()
