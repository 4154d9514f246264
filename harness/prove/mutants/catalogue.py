"""The list of mutants: each breaks one rule about access. It is made from the catalogue of a database.

A new policy, right, trigger or function brings its own mutants.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from harness.check.access import ACCESS
from harness.prove.access_functions import Function, functions_of

SCHEMAS = ("ops", ACCESS.private.schema)
GRANTEES = (*ACCESS.nine, *ACCESS.others, "public")


@dataclass(frozen=True)
class Mutant:
    """One rule broken. `about` is the table, function or role it concerns; `felt` asks what callers notice of it."""

    kind: str
    name: str
    statement: str
    about: str
    felt: bool = False


def mutants(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    """Every rule of this database, broken."""
    yield from _policies(db)
    yield from _tables(db)
    yield from _columns(db)
    yield from _triggers(db)
    yield from _functions(db)
    yield from _scopes(db)
    yield from _views(db)
    yield from _schema(db)
    yield from _roles(db)


def _rows(db: psycopg.Connection[Any], query: str, *values: Any) -> list[tuple[Any, ...]]:
    statement: Any = query
    return db.execute(statement, values or None).fetchall()


def _policies(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for table, name, command, using, check in _rows(
        db, "select tablename, policyname, cmd, qual, with_check from pg_policies where schemaname = 'ops'"
    ):
        on = f"{name} on ops.{table}"
        yield Mutant("policy dropped", name, f"drop policy {on}", table, felt=True)
        yield Mutant("policy for everybody", name, f"alter policy {on} to public", table)
        true = ([] if using in (None, "true") else ["using (true)"]) + (
            [] if check in (None, "true") else ["with check (true)"]
        )
        for clause in true:
            which = f"{name} {clause}" if len(true) > 1 else name
            yield Mutant("policy lets all pass", which, f"alter policy {on} {clause}", table, felt=True)
        if command == "SELECT" and using == "true":
            yield Mutant("policy lets none pass", name, f"alter policy {on} using (false)", table, felt=True)
    for table in ACCESS.tables:
        yield Mutant("row security off", table, f"alter table ops.{table} disable row level security", table, felt=True)
        yield Mutant("policy added", table, f"create policy extra on ops.{table} using (true) with check (true)", table)


def _tables(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    privileges = ["select", "insert", "update", "delete", "truncate", "references", "trigger"]
    if db.info.server_version >= 170000:
        privileges.append("maintain")
    for schema, relation, role, privilege, held in _rows(
        db,
        "select c.relnamespace::regnamespace::text, c.relname, r.name, p.name,"
        " has_table_privilege(r.name, c.oid, p.name)"
        " from pg_class c cross join unnest(%s::text[]) as r (name) cross join unnest(%s::text[]) as p (name)"
        " where c.relnamespace::regnamespace::text = any (%s) and c.relkind in ('r', 'p', 'v', 'm')"
        " order by 1, 2, 3, 4",
        [*GRANTEES],
        privileges,
        [*SCHEMAS],
    ):
        what = f"{privilege} on {schema}.{relation}, {role}"
        if held:
            revoke = f"revoke {privilege} on {schema}.{relation} from {role}"
            yield Mutant("right taken", what, revoke, relation, felt=role in ACCESS.nine)
        else:
            yield Mutant("right given", what, f"grant {privilege} on {schema}.{relation} to {role}", relation)
    for table in ACCESS.tables:
        grant = f"grant select on ops.{table} to audit_reader with grant option"
        yield Mutant("right to pass on", table, grant, table)
    for sequence, name in _rows(
        db,
        "select oid::regclass::text, relname from pg_class"
        " where relnamespace::regnamespace::text = any (%s) and relkind = 'S'",
        [*SCHEMAS],
    ):
        yield Mutant("right given", name, f"grant usage on sequence {sequence} to sre", name)


def _columns(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for table, column, role, held, whole, seen in _rows(
        db,
        "select c.relname, a.attname, r.name, has_column_privilege(r.name, c.oid, a.attnum, 'update'),"
        " has_table_privilege(r.name, c.oid, 'update'), has_table_privilege(r.name, c.oid, 'select')"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " cross join unnest(%s::text[]) as r (name)"
        " where c.relnamespace = 'ops'::regnamespace and c.relkind in ('r', 'p')",
        [*ACCESS.roles],
    ):
        what = f"{table}.{column}, {role}"
        if held and not whole:
            yield Mutant("column taken", what, f"revoke update ({column}) on ops.{table} from {role}", table, felt=True)
        elif not held and ACCESS.tables[table].right(role, "update"):
            grant = f"grant update ({column}) on ops.{table} to {role}"
            yield Mutant("column given", what, grant, table, felt=True)
        if not seen and column == "created_by":
            yield Mutant("column given", f"select {what}", f"grant select ({column}) on ops.{table} to {role}", table)
            yield Mutant("column given", f"insert {what}", f"grant insert ({column}) on ops.{table} to {role}", table)


def _triggers(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for table, about, name, enabled in _rows(
        db,
        "select t.tgrelid::regclass::text, c.relname, t.tgname, t.tgenabled"
        " from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where c.relnamespace::regnamespace::text = any (%s) and not t.tgisinternal order by 1, 3",
        [*SCHEMAS],
    ):
        what = f"{name} on {table}"
        alter = f"alter table {table}"
        yield Mutant("trigger disabled", what, f"{alter} disable trigger {name}", about, felt=True)
        yield Mutant("trigger dropped", what, f"drop trigger {name} on {table}", about, felt=True)
        yield Mutant("trigger for replicas only", what, f"{alter} enable replica trigger {name}", about, felt=True)
        if enabled == "A":
            yield Mutant("trigger not always on", what, f"{alter} enable trigger {name}", about)
        else:
            yield Mutant("trigger always on", what, f"{alter} enable always trigger {name}", about)


ASKS = rf"\b{ACCESS.private.schema}\.require_(any_|own_)?role\("


def _functions(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    granted = {
        (oid, role)
        for oid, role in _rows(
            db,
            "select p.oid::bigint, case a.grantee when 0 then 'public' else a.grantee::regrole::text end from pg_proc p"
            " cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a",
        )
    }
    for function in functions_of(db, *SCHEMAS):
        name, signature = function.name, function.signature
        alter = f"alter function {signature}"
        yield Mutant("search_path unset", signature, f"{alter} reset search_path", name)
        for path in ("''", "pg_catalog", "pg_temp, pg_catalog", "pg_catalog, pg_temp, public", "ops, pg_catalog"):
            if function.schema == "ops" or path.startswith("ops"):
                yield Mutant("search_path changed", f"{signature} {path}", f"{alter} set search_path = {path}", name)
        for role in GRANTEES:
            what = f"{signature}, {role}"
            if (function.oid, role) in granted:
                revoke = f"revoke execute on function {signature} from {role}"
                yield Mutant("function taken", what, revoke, name, felt=role in ACCESS.nine or bool(function.places))
            else:
                yield Mutant("function given", what, f"grant execute on function {signature} to {role}", name)
        if function.is_definer:
            yield Mutant("definer made invoker", signature, f"{alter} security invoker", name)
            yield from _role_checks(db, function)
        else:
            yield Mutant("invoker made definer", signature, f"{alter} security definer", name)
        if function.is_trigger:
            yield Mutant("trigger function renamed", signature, f"{alter} rename to {name.removeprefix('tg_')}", name)
        elif function.schema != "ops":
            yield Mutant("function renamed", signature, f"{alter} rename to tg_{name}", name)
            if not function.places:
                yield Mutant("function moved", signature, f"{alter} set schema ops", name)


def _role_checks(db: psycopg.Connection[Any], function: Function) -> Iterator[Mutant]:
    """The first thing that a definer does: ask who calls."""
    name, signature = function.name, function.signature
    [[definition]] = _rows(db, "select pg_get_functiondef(%s::oid)", function.oid)
    unchecked = re.sub(rf"perform {ASKS}[^)]*\);", "", definition)
    unchecked = re.sub(rf"(v_allowed constant boolean :=)\s+{ASKS}[^)]*\)", r"\1 true", unchecked)
    if unchecked == definition:
        return
    by_name = function.schema == "ops"  # who comes by a policy has its role already
    yield Mutant("role check removed", signature, unchecked, name, felt=by_name)
    listed = re.search(rf"({ACCESS.private.schema}\.require_(?:own_)?role\()([^)]*)\)", definition)
    if listed is None:
        return
    asked = re.findall(r"'(\w+)'", listed[2])
    for role in asked if len(asked) > 1 else ():
        fewer = ", ".join(f"'{other}'" for other in asked if other != role)
        broken = definition.replace(listed[0], f"{listed[1]}{fewer})", 1)
        yield Mutant("role check without a role", f"{signature}, {role}", broken, name, felt=True)
    for role in {*ACCESS.roles, "service_role"} - {*asked}:
        broken = definition.replace(listed[1], f"{listed[1]}'{role}', ", 1)
        yield Mutant("role check with one more", f"{signature}, {role}", broken, name, felt=by_name)


_OURS = ACCESS.private.schema
_ARGUMENTS = r"\((?:[^()]|\([^()]*\))*\)"
# Where a function asks for the project, by the call: what it would say if nobody asked.
ASKS_FOR_PROJECT = {
    rf"{_OURS}\.sees{_ARGUMENTS}": "true",
    rf"{_OURS}\.sees_all\(\)": "true",
    r"= any ?\((?:v_projects|v_managed|b\.projects|wanted\.projects|v_wanted\.projects)\)": "is not null",
    r"unnest\((?:b|wanted)\.projects\) as p\b": "(select o.project from ops.projects o) as p",
    rf"(?<=:= ){_OURS}\.projects_(?:in|as){_ARGUMENTS}": "null",
    rf"{_OURS}\.roles_in\(((?:b\.)?reach), [^()]*\)": r"array(select distinct m.role from unnest(\1) as m)",
    rf"perform {_OURS}\.require_(?:sight|gone){_ARGUMENTS};": "",
}
# Parts of a rule about memberships, by the function: each is left out, or is another.
_IS_CALLER = 'lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))'
PARTS = {
    "caller_member": {" and s.role = current_setting('role')": ""},
    "sees_all": {
        " and s.role = current_setting('role')": "",
        "and s.project is null": "",
    },
    "my_projects": {" and s.role = current_setting('role')": ""},
    "my_colleagues_alone": {"s.project is not null and ": "", "bool_and": "bool_or"},
    "my_colleagues": {"s.project is null or s.project = any (ops_private.my_projects())": "true"},
    "sees": {"and (s.project is null or s.project = sees.project)": "", "and s.role = v_role": ""},
    "own_project": {"cardinality(v_mine) = 1": "true", "ops_private.project_named(project)": "project"},
    "is_gate": {"and g.gate_code = is_gate.gate_code": ""},
    "my_reach": {_IS_CALLER: "true"},
    "projects_in": {"not coalesce(bool_or(m.project is null), false)": "false"},
    "roles_in": {"coalesce(m.project, roles_in.project) = roles_in.project": "true"},
    "asking_person": {"not ops_private.acts_for_all()": "false"},
    "acts_for_all": {"(current_setting('role') = 'service_role') is true or ops_private.is_owner()": "true"},
    "is_owner": {
        "pg_has_role(session_user, current_user, 'usage')": "true",
        "current_setting('role') = current_user": "true",
    },
    "require_operator": {"ops_private.is_owner()": "true"},
    "require_no_estimate": {
        "current_setting('request.method', true) <> ''": "false",
        "language plpgsql\n immutable": "language plpgsql\n stable",
    },
    "refuse_who_had_them_go": {"c.project is null or c.project = refuse_who_had_them_go.project": "true"},
    "tg_prepare_direct_write": {
        "coalesce(v_key, new.check_id)": "new.check_id",
        "coalesce(v_key, new.artifact_id)": "new.artifact_id",
        "coalesce(v_key, new.deployment_id)": "new.deployment_id",
    },
    "tg_prepare_event": {"not ops_private.acts_for_all()": "false"},
    "tg_refuse_forged_log": {"not ops_private.acts_for_all()": "false"},
    "tg_prepare_incident": {"not ops_private.acts_for_all()": "false"},
    "tg_prepare_drill": {"not ops_private.acts_for_all()": "false"},
    "role_of_session": {'lower(s.subject collate "C") = lower(role_of_session.subject collate "C")': "true"},
    "holds": {"and (s.project is null or holds.project is null or s.project = holds.project)": ""},
    "with_member_role": {
        "not (event -> 'claims' ? 'client_id')": "true",
        "coalesce(event #>> '{claims,is_anonymous}', 'false') = 'false'": "true",
        "return ops_private.without_member_role(event)": "return event",
        "ops_private.is_member_role(v_role) is not true": "v_role is null",
        "exception when query_canceled or others then": "exception when division_by_zero then",
    },
    "act_as": {" and s.role = act_as.role": ""},
    "roles_held": {_IS_CALLER: "true"},
    "my_memberships": {_IS_CALLER: "true"},
    "refuse_unseen": {"coalesce(m.project, refuse_unseen.project) = refuse_unseen.project": "true"},
    # How sure it is who approved, and who may.
    "caller_assurance": {
        "not ops_private.is_person_role(current_setting('role'))": "false",
        "octet_length(v_claims) > 65536": "false",
    },
    "assurance_in": {
        " and e.value -> 'timestamp' <= v_latest": "",
        " and jsonb_array_length(v_amr) <= 100": "",
        "'\"totp\"', ": "",
        ", '\"mfa/phone\"'": "",
        ", '\"mfa/webauthn\"'": "",
        "('\"totp\"'": "('\"password\"', '\"totp\"'",
        "'\"sso/saml\"'": "'\"totp\"'",
    },
    "what_is_unmet": {
        "asked.own_token and assurance.own_token is not true": "false",
        "assurance.aal = 'aal2' and ": "",
        "second_factor_at between moment - interval '12 hours'": "second_factor_at between '-infinity'",
        "sso_at between moment - interval '12 hours'": "sso_at between '-infinity'",
        "asked.accept_sso and ": "",
        "approver_id <> all (asked.approvers)": "false",
    },
    "why_uncounted": {"when approval.unmet is not null then approval.unmet": ""},
    "standing_decisions": {"(u.unmet in ('own_token', 'aal2')) is true": "(u.unmet in ('nothing')) is true"},
    "contested_report_healed": {"and not ops_private.is_unsure(a.unmet)": ""},
    "is_unsure": {"unmet in ('own_token', 'aal2')": "unmet in ('own_token', 'aal2', 'approvers')"},
    "lower_approvers": {" and not ops_private.is_unsure(d.unmet)": ""},
    "approvers_as": {" and not ops_private.is_unsure(d.unmet)": ""},
    "why_no_dismisser": {" and not ops_private.is_unsure(x.unmet)": ""},
    "exception_requirements": {
        "n.kind = 'approval' and n.enforcement": "false and n.enforcement",
        "and exception.exception_type = 'gate_bypass'": "",
        "n.kind = 'exception_approvals'": "false",
    },
    "counted_on_exception": {" and (e.p).unmet is null": ""},
    "exception_approvals": {"approvals >= needed and missing is null;": "approvals >= needed;"},
    "approvers_named": {
        "v_subject is null or not ops_private.holds(v_subject, null, approvers_named.project)": "v_subject is null",
        "cardinality(names) <= 50": "true",
        "v_subject = any (v_subjects)": "false",
        "v_subjects := v_subjects || v_subject;": "v_subjects := v_subjects || v_name;",
    },
}


def _scopes(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    """Every place where a function asks for the project of something, and the parts of the rules about memberships."""
    for function in functions_of(db, *SCHEMAS):
        name, signature = function.name, function.signature
        [[definition]] = _rows(db, "select pg_get_functiondef(%s::oid)", function.oid)
        body = definition.index("AS $function$")
        for pattern, answer in ASKS_FOR_PROJECT.items():
            for number, found in enumerate(re.compile(pattern).finditer(definition, body), 1):
                broken = definition[: found.start()] + found.expand(answer) + definition[found.end() :]
                yield Mutant("scope", f"{signature}, {found[0]} {number}", broken, name, felt=True)
        for part, other in PARTS.get(name, {}).items():
            if part.casefold() not in definition.casefold():
                raise ValueError(f"{signature} has no {part!r} any more")
            broken = re.sub(re.escape(part), lambda _, other=other: other, definition, flags=re.IGNORECASE)  # type: ignore[misc]
            yield Mutant("scope", f"{signature} without {part.strip()}", broken, name, felt=True)


def _views(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for (view,) in _rows(
        db, "select relname from pg_class where relnamespace = 'ops'::regnamespace and relkind in ('v', 'm')"
    ):
        yield Mutant("view of the owner", view, f"alter view ops.{view} reset (security_invoker)", view, felt=True)
        yield Mutant("view of the owner", f"{view} off", f"alter view ops.{view} set (security_invoker = off)", view)
    yield Mutant("view added", "v_extra", "create view ops.v_extra as select * from ops.approvals", "approvals")
    yield Mutant("table added", "extra", "create table ops.extra (extra_id integer primary key)", "extra")


def _schema(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    on_database = "do $$ begin execute format('grant {} on database %I to {}', current_database()); end $$"
    for role in [*ACCESS.nine, "public", "authenticator"]:
        [[usage]] = _rows(db, "select has_schema_privilege(%s, 'ops', 'usage')", role)
        if usage:
            yield Mutant("schema taken", role, f"revoke usage on schema ops from {role}", role, felt=True)
        else:
            yield Mutant("schema given", role, f"grant usage on schema ops to {role}", role)
        private = f"grant usage on schema {ACCESS.private.schema} to {role}"
        yield Mutant("schema given", f"{ACCESS.private.schema}, {role}", private, role, felt=role in ACCESS.nine)
        for schema in (*SCHEMAS, "extensions"):
            yield Mutant("schema to fill", f"{schema}, {role}", f"grant create on schema {schema} to {role}", role)
        yield Mutant("schemas of one's own", role, on_database.format("create", role), role)
        if role == "authenticator":
            continue
        for schema in SCHEMAS:
            default = f"alter default privileges in schema {schema} grant"
            yield Mutant("default right", f"{schema}, {role}", f"{default} select on tables to {role}", role)
            given = f"{default} execute on functions to {role}"
            yield Mutant("default right", f"functions of {schema}, {role}", given, role)
    for table in ACCESS.tables:
        published = f"create publication extra for table ops.{table}"
        yield Mutant("published", table, published, table)


ROLE_KINDS = ("role attribute", "membership")


def _roles(db: psycopg.Connection[Any]) -> Iterator[Mutant]:
    for role in ACCESS.roles:
        for attribute in ("login", "noinherit", "createrole", "createdb", "replication", "bypassrls"):
            yield Mutant("role attribute", f"{role}, {attribute}", f"alter role {role} {attribute}", role)
        yield Mutant("role attribute", f"{role}, setting", f"alter role {role} set search_path = ops", role)
        yield Mutant("membership", f"{role} left", f"revoke {role} from authenticator", role)
    for role in ("anon", "authenticated"):
        for attribute in ("login", "createrole", "createdb", "replication", "bypassrls"):
            yield Mutant("role attribute", f"{role}, {attribute}", f"alter role {role} {attribute}", role)
    for role, member in itertools.permutations(ACCESS.nine, 2):
        if member in ACCESS.inherited.get(role, ()):
            yield from _inherited(db, role, member)
        elif role not in ACCESS.inherited.get(member, ()):  # Postgres lets no two roles be members of each other
            yield Mutant("membership", f"{role} to {member}", f"grant {role} to {member}", role)
    for role in ACCESS.roles:
        yield Mutant("membership", f"{role} to supabase_auth_admin", f"grant {role} to supabase_auth_admin", role)
        if db.info.server_version >= 160000:
            passed_on = f"grant {role} to authenticator with admin option"
            yield Mutant("membership", f"{role} to pass on", passed_on, role)
            yield Mutant("membership", f"{role} inherited", f"grant {role} to authenticator with inherit true", role)


def _inherited(db: psycopg.Connection[Any], role: str, member: str) -> Iterator[Mutant]:
    """A role that another inherits: taken from it, and as one that it may become."""
    what = f"{role} to {member}"
    yield Mutant("membership", f"{what}, left", f"revoke {role} from {member}", role, felt=True)
    if db.info.server_version >= 160000:
        yield Mutant("membership", f"{what}, to become", f"grant {role} to {member} with set true", role)
        yield Mutant("membership", f"{what}, not inherited", f"grant {role} to {member} with inherit false", role, True)
