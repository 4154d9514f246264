"""Events that are damaged at random: fields replaced, removed or added, or bytes changed."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

# What a field may be replaced by: other types, the edges of each limit, and what encoders get wrong.
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**53 - 1, 2**53, 1e300, "", " ", "\t\n", "a" * 255, "a" * 256, "a" * 8192, "a" * 8193,
    "é" * 200, "\u0000", "\ud800", "\u2028", "\u202e", "G1", "G5", "pass", "production", "2026-02-30T10:00:00Z",
    "2026-11-23T10:00:00+14:59", "2026-11-23T10:00:00+20:00", "2026-11-23T24:00:00Z", "2999-01-01T00:00:00Z",
    "1e130000", "'; drop table ops.releases; --", "../..", "{}", [], [[]], [{}], {}, {"a": None}, {"__proto__": {}},
    [None], [1, "a"], [1] * 30_000, {f"k{n}": n for n in range(3_000)}, "ABCDEF" * 10 + "ABCD",
    [{"check_name": "x", "status": "pass"}] * 2,
]  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key in value:
            found += paths(value[key], (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            found += paths(entry, (*path, index))
    return found


def mutated(event: dict[str, Any], generator: random.Random) -> bytes:
    """An event with none to three of its fields replaced, removed or added, or with its bytes damaged."""
    event = copy.deepcopy(event)
    for _ in range(generator.choice((0, 1, 1, 1, 2, 3))):
        *way, last = generator.choice(paths(event))
        parent = event
        for step in way:
            parent = parent[step]
        what = generator.random()
        if what < 0.7:
            parent[last] = copy.deepcopy(generator.choice(VALUES))
        elif isinstance(parent, dict):
            if what < 0.85:
                del parent[last]
            else:
                parent[generator.choice(("surprise", "gate_code", "rollback_of_ref", "", "\u0000"))] = generator.choice(
                    VALUES
                )
    content = json.dumps(event, ensure_ascii=generator.random() < 0.9).encode("utf-8", "surrogatepass")
    if generator.random() < 0.05:
        at = generator.randrange(len(content))
        content = content[:at] + bytes([generator.randrange(256)]) + content[at + 1 :]
    return content
