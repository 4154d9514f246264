"""A policy in a file: YAML with what each gate needs, read with one sentence for what is wrong, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, get_args

from ops_gates import extra
from ops_gates import files as opened
from ops_gates.errors import UsageFault
from ops_gates.policies import plain
from ops_gates.rows import OpsEnforcement, OpsGateCode, OpsRequirementKind
from ops_gates.streams import escaped

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str | None]
LARGEST = 256 * 1024
GATES: tuple[OpsGateCode, ...] = get_args(OpsGateCode)
_KINDS: tuple[str, ...] = get_args(OpsRequirementKind)
# A policy can require those up to alone; the others always hold.
KINDS = _KINDS[: _KINDS.index("alone") + 1]
# What a requirement may say, and what it says where it is left out.
FIELDS: dict[str, Any] = {
    "kind": None, "subject": None, "min_count": 1, "enforcement": "blocking", "not_initiator": True, "one_gate": True,
    "valid_for": None, "require_hash": False, "own_token": False, "aal2": False, "accept_sso": False, "approvers": None,
}  # fmt: skip
_TYPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("kind", "subject", "enforcement"), (str, "a text")),
    **dict.fromkeys(("min_count", "valid_for"), (int, "a whole number")),
    **dict.fromkeys(("not_initiator", "one_gate", "require_hash", "own_token", "aal2", "accept_sso"),
                    (bool, "true or false")),
    "approvers": (list, "a list of texts"),
}  # fmt: skip


@dataclass(frozen=True)
class GatePolicy:
    """What one gate needs, and which default rows it leaves out or softens on purpose."""

    require: list[Row]
    drop: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class PolicyFile:
    """A policy as a file says it: for one project or (None) every other one; gates that it leaves out stay as they are.

    `people` is how many it needs, where it says so.
    """

    project: str | None
    gates: dict[OpsGateCode, GatePolicy]
    people: int | None = None

    def require_names(self, name: str) -> None:
        """Raise UsageFault while a name of `approvers` is still to be filled in."""
        for gate, policy in self.gates.items():
            for number, row in enumerate(policy.require, 1):
                if open_ := placeholders(row):
                    raise UsageFault(
                        f"{name}, {gate}, row {number}: approvers names nobody yet ({', '.join(open_)});"
                        " write the login of a member instead of each"
                    )


def placeholders(row: Row) -> list[str]:
    """The names of a row that are still to be filled in, such as <release manager 1>."""
    return [one for one in row.get("approvers") or [] if one.startswith("<")]


def key(row: Mapping[str, Any]) -> Key:
    """By what a requirement of a gate is known."""
    return row["kind"], row.get("subject")


def whole(row: Mapping[str, Any]) -> Row:
    """A requirement with every field, also those that it leaves out."""
    said = {name: value for name, value in row.items() if name in FIELDS and value is not None}
    return {**FIELDS, **said}


def brief(row: Mapping[str, Any]) -> Row:
    """A requirement with the fields alone that say something."""
    return {name: row[name] for name, usual in FIELDS.items() if row.get(name, usual) != usual}


def dropped(require: Iterable[Mapping[str, Any]], defaults: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The default blocking rows that these leave out, or ask less of."""
    required = {key(row): whole(row) for row in require}
    return [
        {name: value for name, value in zip(("kind", "subject"), key(row), strict=True) if value is not None}
        for row in defaults
        if whole(row)["enforcement"] == "blocking"
        and (key(row) not in required or asks_less(required[key(row)], whole(row)))
    ]


def asks_less(row: Mapping[str, Any], than: Mapping[str, Any]) -> bool:
    """Whether a requirement asks less than a blocking one of the same kind and subject; both with every field."""
    return (
        row["enforcement"] != "blocking"
        or row["min_count"] < than["min_count"]
        or any(than[s] and not row[s] for s in ("not_initiator", "one_gate", "require_hash", "own_token", "aal2"))
        or (than["aal2"] and row["accept_sso"] and not than["accept_sso"])
        or (than["valid_for"] is not None and (row["valid_for"] is None or row["valid_for"] > than["valid_for"]))
        or (
            than["approvers"] is not None and not (row["approvers"] and set(row["approvers"]) <= set(than["approvers"]))
        )
    )


def needs_yaml() -> Any:
    """The library that reads YAML; UsageFault when it is missing."""
    extra.needed("yaml")
    import yaml

    return yaml


def text_of(path: str) -> tuple[str, str]:
    """What a sentence calls a file (`-`: standard input), and its text; UsageFault if it cannot be read."""
    return escaped(opened.named(path)), opened.text(path, LARGEST)


def loaded(text: str, name: str) -> Any:
    """The value of a YAML text; UsageFault for what is none, and for what is more than plain values."""
    return plain.loaded(needs_yaml(), text, name)


def parsed(text: str, name: str) -> PolicyFile:
    """The policy of a YAML text; UsageFault, with one sentence that names the file, the gate and the row."""
    value = loaded(text, name)
    example = "write for example gates: {G1: {require: [{kind: check, subject: build}]}}"
    if not isinstance(value, dict) or not isinstance(value.get("gates"), dict) or not value["gates"]:
        raise UsageFault(f"{name} has no gates; {example}")
    _refuse_others(value, ("project", "people", "gates"), name)
    project, people = value.get("project"), value.get("people")
    if not (project is None or (isinstance(project, str) and project.strip())):
        raise UsageFault(f"{name}: project must be a text, or be left out for every project")
    if not (people is None or (type(people) is int and people > 0)):
        raise UsageFault(f"{name}: people must be a whole number above 0, or be left out")
    if others := [str(gate) for gate in value["gates"] if gate not in GATES]:
        raise UsageFault(f"{name}: there is no gate {escaped(others[0])}; the gates are {', '.join(GATES)}")
    found = {gate: _gate(value["gates"][gate], f"{name}, {gate}") for gate in GATES if gate in value["gates"]}
    return PolicyFile(project, found, people)


def _gate(value: Any, where: str) -> GatePolicy:
    """What one gate needs; `require` is never left out by accident."""
    if not isinstance(value, dict) or not isinstance(value.get("require"), list):
        raise UsageFault(f"{where}: require must be a list of requirements")
    _refuse_others(value, ("require", "drop"), where)
    drop = value.get("drop") or []
    if not isinstance(drop, list):
        raise UsageFault(f"{where}: drop must be a list of the default requirements that it leaves out")
    for number, row in enumerate(drop, 1):
        if _row(row, f"{where}, drop, row {number}").keys() - {"kind", "subject"}:
            raise UsageFault(f"{where}, drop, row {number}: name its kind and subject alone")
    return GatePolicy(rows(value["require"], where), drop)


def rows(value: list[Any], where: str) -> list[Row]:
    """The requirements of one gate."""
    found = [_row(row, f"{where}, row {number}") for number, row in enumerate(value, 1)]
    keys = [key(row) for row in found]
    for one in plain.repeated(keys):
        said = " ".join(part for part in one if part)
        number = keys.index(one, keys.index(one) + 1) + 1
        raise UsageFault(f"{where}, row {number}: {said} is required twice; keep one of the two")
    return found


def _row(value: Any, where: str) -> Row:
    """One requirement. What it may ask for together, the project itself says."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        raise UsageFault(f"{where}: a requirement must have a kind, such as kind: check")
    _refuse_others(value, tuple(FIELDS), where)
    if value["kind"] not in KINDS:
        raise UsageFault(f"{where}: there is no kind {escaped(value['kind'])}; the kinds are {', '.join(KINDS)}")
    for name, said in value.items():
        kind, words = _TYPES[name]
        # True is an int to Python.
        texts = said if isinstance(said, list) else []
        fits = type(said) is kind and all(isinstance(one, str) for one in texts)
        if said is not None and not fits:
            raise UsageFault(f"{where}: {name} must be {words}")
    if value.get("enforcement") not in (None, *get_args(OpsEnforcement)):
        raise UsageFault(f"{where}: enforcement must be blocking or advisory")
    return value


def _refuse_others(value: Mapping[Any, Any], names: tuple[str, ...], where: str) -> None:
    if others := [str(name) for name in value if name not in names]:
        raise UsageFault(f"{where}: there is no field {escaped(others[0])}; the fields are {', '.join(names)}")


def written(policy: PolicyFile) -> str:
    """A policy as YAML that `parsed` reads: one line per requirement."""
    yaml = needs_yaml()

    def flow(value: Any) -> str:
        said: str = yaml.safe_dump(value, default_flow_style=True, width=100_000, sort_keys=False, allow_unicode=False)
        return said.removesuffix("\n").removesuffix("\n...")

    lines = [] if policy.project is None else [f"project: {flow(policy.project)}"]
    lines += [] if policy.people is None else [f"people: {policy.people}"]
    lines += ["gates:"]
    for gate, said in policy.gates.items():
        lines += [f"  {gate}:", "    require:" if said.require else "    require: []"]
        lines += [f"      - {flow(brief(row))}" for row in said.require]
        lines += ["    drop:"] if said.drop else []
        lines += [f"      - {flow(row)}" for row in said.drop]
    return "\n".join(lines) + "\n"
