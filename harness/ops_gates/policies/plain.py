"""YAML of plain values alone. Nothing is repeated, merged, tagged or converted, so a long file alone takes long."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

from ops_gates.errors import UsageFault, one_line
from ops_gates.streams import escaped

Name = TypeVar("Name", bound=Hashable)
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)")
# What YAML 1.1 makes of a text that looks like it.
INTEGER, FRACTION, MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "merge"))


def repeated(names: Iterable[Name]) -> list[Name]:
    """Those that occur more than once, in their order."""
    return [one for one, count in Counter(names).items() if count > 1]


def loaded(yaml: Any, text: str, name: str) -> Any:
    """The value of a YAML text; UsageFault for what is none, and for what is more than plain values."""
    try:
        return yaml.load(text, _loader(yaml, name))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "it has characters that YAML does not allow"
        raise UsageFault(f"{name}{where} is not YAML: {one_line(str(reason))}") from None
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        raise UsageFault(f"{name} is not YAML of lists, names and plain values") from None


def _loader(yaml: Any, name: str) -> Any:
    def refuse(node: Any, said: str) -> None:
        raise UsageFault(f"{name}, line {node.start_mark.line + 1}: {said}")

    class Plain(yaml.SafeLoader):  # type: ignore[misc]
        """One alias of aliases, or one merge of merges, would stand for more than any machine can hold."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            """Refuse what stands for another value, and what says of which type it is."""
            event = self.peek_event()
            if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
                refuse(event, "a policy has no anchors, aliases and tags (&, *, !); write each value out")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
            """Refuse a merge, and a name that occurs twice: the last of two values would silently hold."""
            if any(each.tag == MERGE for each, _ in node.value):
                refuse(node, "a policy has no merge keys (<<); write each value out")
            for twice in repeated(each.value for each, _ in node.value if isinstance(each.value, str)):
                refuse(node, f"{escaped(twice)} occurs twice")
            found: dict[Hashable, Any] = super().construct_mapping(node, deep)
            return found

        def decimal(self, node: Any) -> int:
            """Refuse a number that YAML would convert: 010 would be 8, and 1:30 would be 90."""
            if not DECIMAL.fullmatch(node.value):
                refuse(node, f"{escaped(node.value)} is no plain number; write 90 for a number, '1:30' for a text")
            return int(node.value)

        def fraction(self, node: Any) -> Any:
            """Refuse 1:30.5 in the same way; nothing in a policy is a fraction."""
            return self.decimal(node) if ":" in node.value else self.construct_yaml_float(node)

    Plain.add_constructor(INTEGER, Plain.decimal)
    Plain.add_constructor(FRACTION, Plain.fraction)
    return Plain
