"""Whether what came over the wire has the types that a program goes on with. Standard library only."""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict


def fits(row: Mapping[str, Any], model: Any) -> bool:
    """Whether the values of a row have the types of a model, as far as the row has those columns.

    A null and a word that is not in a list fit: another version of the schema may have them.
    """
    hints = _hints(model)
    return all(name not in hints or _is(value, hints[name]) for name, value in row.items())


@cache
def _hints(model: Any) -> Mapping[str, Any]:
    return get_type_hints(model)


def _is(value: Any, hint: Any) -> bool:
    if value is None or hint is Any:
        return True
    if is_typeddict(hint):
        return isinstance(value, Mapping) and fits(value, hint)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_is(value, each) for each in get_args(hint))
    if origin is list:
        return isinstance(value, list) and all(_is(each, *get_args(hint)) for each in value)
    if origin is Literal:
        return isinstance(value, str)
    if hint in (int, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, hint)
