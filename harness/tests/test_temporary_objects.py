"""Names that a caller could take, so that a function of ours would find the caller's object: none finds it.

Everybody may make temporary objects, and who may fill another schema can put it first in a session's search path.
"""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql

from harness.check.access import ACCESS, Cell
from harness.prove.access_facts import subject
from harness.prove.access_scene import Outcome, Scene, insertion
from harness.prove.access_tables import CHANGES, KEYS
from harness.prove.effort import at_night, times
from harness.tests.access_calls import call

pytest_plugins = ("harness.tests.access_fixtures",)

SPRUNG = "ZZ666"
# Everything here is created for each name that a body of ours uses, and each of them raises when it is met.
TRAP = f"""
create schema hostile;
grant usage on schema hostile to public;
create function hostile.trap() returns boolean language plpgsql
as $$ begin raise exception using errcode = '{SPRUNG}', message = 'the trap'; end $$;
create table hostile.words as
select distinct w[1] as word from pg_proc p cross join regexp_matches(p.prosrc, '\\w+', 'g') as w
where p.pronamespace in ('ops'::regnamespace, '{ACCESS.private.schema}'::regnamespace);
grant select on hostile.words to public;
"""
# As the owner, since nobody else may fill a schema: functions and operators are never looked for in pg_temp.
FUNCTIONS_AND_OPERATORS = """
do $$
declare
  v_taken text;
begin
  for v_taken in
    select format(
      'create function hostile.%I(%s) returns %s language plpgsql as ''begin perform hostile.trap(); end''',
      p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid))
    from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in (select word from hostile.words)
    union all
    select format(
      'create function hostile.operator_%s(%s, %s) returns %s language plpgsql'
      ' as ''begin perform hostile.trap(); end'';'
      ' create operator hostile.%s (leftarg = %2$s, rightarg = %3$s, function = hostile.operator_%1$s)',
      o.oid, o.oprleft::regtype, o.oprright::regtype, o.oprresult::regtype, o.oprname)
    from pg_operator o
    where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprkind = 'b' and o.oprleft in (
      select t.oid from pg_type t where t.typname in (select word from hostile.words) or t.typname ~ '^any')
  loop
    begin
      execute v_taken;
    exception when others then
      null; -- a kind that plpgsql cannot write
    end;
  end loop;
end
$$
"""
TYPES_AND_TABLES = """
do $$
declare
  v_taken text;
begin
  for v_taken in
    select format('create domain %1$s.%2$I as pg_catalog.%2$I check (hostile.trap())', s.name, t.typname)
    from pg_catalog.pg_type t
    where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype = 'b'
      and t.typname in (select word from hostile.words)
    union all
    select format('create table %s.%I (trap boolean check (hostile.trap()))', s.name, c.name)
    from (
      select c.relname as name from pg_catalog.pg_class c
      where c.relnamespace in ('pg_catalog'::regnamespace, 'ops'::regnamespace) and c.relkind in ('r', 'v')
        and c.relname in (select word from hostile.words)
      union
      select t.typname from pg_catalog.pg_type t
      where t.typnamespace = 'ops'::regnamespace and t.typtype <> 'b' and t.typname in (select word from hostile.words)
      except -- ops.name: the domain above has taken this name
      select t.typname from pg_catalog.pg_type t where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype = 'b'
    ) as c
  loop
    execute v_taken;
  end loop;
end
$$
"""


def types_and_tables(schema: str) -> str:
    """The types and tables, in this schema."""
    return TYPES_AND_TABLES.replace("s.name", f"'{schema}'")


def set_traps(scene: Scene, role: str | None, path: str) -> None:
    """Every trap there is, the temporary ones as this role; then the session looks for names in this path."""
    scene.db.execute(TRAP)
    scene.db.execute(FUNCTIONS_AND_OPERATORS)
    scene.db.execute(types_and_tables("hostile").encode())
    scene.become(role, subject(role) if role else None)
    scene.db.execute(types_and_tables("pg_temp").encode())
    scene.db.execute(sql.SQL("set local search_path = {}").format(sql.SQL(path)))


def writes(scene: Scene, cell: Cell) -> tuple[sql.Composed, list[Any]]:
    """The statement of an allowed insert or update. What the caller's own statement does is named in full."""
    if cell.verb == "insert":
        row = scene.facts.row(cell.role, cell.table)
        return insertion(cell.table, row), list(row.values())
    changed = CHANGES[cell.table]
    statement = sql.SQL("update ops.{} set {} where {} operator(pg_catalog.=) %s").format(
        sql.Identifier(cell.table),
        sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in changed),
        sql.Identifier(KEYS[cell.table]),
    )
    return statement, [*changed.values(), scene.facts.key(cell.table, cell.role)]


def everything_allowed(scene: Scene, role: str) -> dict[str, Outcome]:
    """What a role gets of everything that it may do: functions, inserts, updates, views."""
    statements: dict[str, tuple[Any, Any]] = {
        function: call(scene, function, role) for function, callers in ACCESS.functions.items() if role in callers
    }
    for cell in ACCESS.cells():
        if cell.role == role and cell.right and not cell.outcome and cell.verb in ("insert", "update"):
            statements[str(cell)] = writes(scene, cell)
    for view, readers in ACCESS.views.items():
        if role in readers:
            statements[view] = sql.SQL("select * from ops.{}").format(sql.Identifier(view)), None
    done = {}
    for name, (statement, values) in statements.items():
        with scene.undone():
            done[name] = scene.run(statement, values)
    return done


# Where pg_temp comes first, test_hostile_temporaries.py tries the same at each run.
PATHS = ("hostile, pg_temp, pg_catalog, ops", "pg_temp, hostile, pg_catalog")[: times(1, 2)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", ["service_role", *ACCESS.roles][: times(2, 9)])
def test_no_function_of_ours_finds_what_its_caller_named_like_something_that_it_uses(
    scene: Scene, role: str, path: str
) -> None:
    set_traps(scene, role, path)
    outcomes = everything_allowed(scene, role)
    assert outcomes
    assert {name: outcome for name, outcome in outcomes.items() if outcome.sqlstate} == {}


# By name. The traps are set once for all of them, which takes a second.
UNPINNED = {
    "a_function": "perform now()",
    "a_type": "perform 'a'::text",
    "an_operator": "perform 'a' || 'b'",
    "an_operator_of_jsonb": "perform '{}'::jsonb -> 'a'",
    "a_table": "perform r.project from releases r",
}


def ends(scene: Scene) -> dict[str, str | None]:
    """The code that each of them ends with."""
    ended = {}
    for name in UNPINNED:
        with scene.undone():
            ended[name] = scene.run(f"select ops.{name}()").sqlstate
    return ended


@at_night("plants what the test above must find")
@pytest.mark.parametrize("path", PATHS)
def test_a_definer_without_a_path_would_be_caught(scene: Scene, path: str) -> None:
    for name, body in UNPINNED.items():
        scene.db.execute(
            f"create function ops.{name}() returns void language plpgsql security definer"
            f" as $$ begin {body}; end $$; grant execute on function ops.{name}() to sre".encode()
        )
    with scene.undone():
        set_traps(scene, "sre", path)
        assert {name: end for name, end in ends(scene).items() if end not in (SPRUNG, "42703")} == {}
    for name in UNPINNED:
        scene.db.execute(f"alter function ops.{name}() set search_path = pg_catalog, pg_temp".encode())
    set_traps(scene, "sre", path)
    # A table of ours without its schema would still be the temporary one: pg_temp is the last place to look.
    assert ends(scene) == {name: "42703" if name == "a_table" else None for name in UNPINNED}
