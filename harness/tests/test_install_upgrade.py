"""`ops-gates upgrade` in the folder of an application."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.tests.installing import (
    OWN,
    done,
    files,
    migrations,
    ops_gates,
    refused,
    release,
)
from ops_gates.core import FUNCTION
from ops_gates.errors import Refused
from ops_gates.installing.ours import Ours
from ops_gates.installing.package import NAME, Package, Release, number

pytest_plugins = ("harness.tests.installing_fixtures",)


def test_before_0_9_0_there_is_no_upgrade(app: Path, packaged: Callable[[Package], None]) -> None:
    refused(ops_gates("upgrade"), "not_installed")
    first = dataclasses.replace(release("0.10.0"), version="0.1.0")
    packaged(dataclasses.replace(first, migrations=OWN.migrations))
    done("install")
    before = files(app)
    assert done("upgrade") == done("upgrade", "--dry-run") == "nothing to do: this version is installed\n"
    packaged(release("0.10.0"))
    assert "0.9.0" in refused(ops_gates("upgrade"), "no_upgrade")
    refused(ops_gates("install"), "other_version")
    packaged(first)
    refused(ops_gates("install"), "other_version")  # another build of the same version
    assert files(app) == before


def test_upgrade_writes_a_step_for_each_release_and_the_new_function(
    app: Path, packaged: Callable[[Package], None]
) -> None:
    packaged(release("0.9.0", {"old.ts": "// old\n"}))
    done("install")
    first = migrations(app)
    assert done("upgrade") == "nothing to do: this version is installed\n"
    packaged(release("0.11.0", {"index.ts": "// new\n"}))
    refused(ops_gates("install"), "other_version")
    done("upgrade")
    steps = migrations(app)[len(first) :]
    assert [name.partition("_")[2] for name in steps] == [
        f"{NAME}_0_9_0_to_0_10_0.sql",
        f"{NAME}_0_10_0_to_0_11_0.sql",
    ]
    texts = [(app / "supabase" / "migrations" / name).read_text() for name in steps]
    assert [re.findall(r"create table ops\.\w+", text) for text in texts] == [
        ["create table ops.more"],
        ["create table ops.most"],
    ]
    function = app / "supabase" / "functions" / FUNCTION
    assert ((function / "index.ts").read_text(), (function / "old.ts").exists()) == ("// new\n", False)
    assert done("upgrade") == "nothing to do: this version is installed\n"
    assert done("install") == "nothing to do: release gates are installed\n"
    packaged(release("0.10.0"))
    refused(ops_gates("upgrade"), "no_upgrade")


WHOLE, LATER, STEP = "0_9_0", "0_10_0", "0_9_0_to_0_10_0"
NEXT, GONE, HOOK_LEFT = "0_10_0_to_0_11_0", "uninstall", "uninstall_but_the_hook"
TWICE, MISSING = "migration_twice", "migration_gone"
FOLLOWING = {
    "an upgrade": ((WHOLE, STEP, NEXT), "installed", "0.11.0"),
    "removed and installed again": ((WHOLE, STEP, GONE, LATER, NEXT), "installed", "0.11.0"),
    "removed in two steps": ((WHOLE, HOOK_LEFT, GONE, WHOLE, HOOK_LEFT), "hook alone", ""),
}
NOT_FOLLOWING = {
    "two branches installed it": ((WHOLE, WHOLE), TWICE, (0, 1)),
    "two branches installed two versions": ((WHOLE, LATER), TWICE, (0, 1)),
    "installed again beside an upgrade": ((WHOLE, STEP, WHOLE), TWICE, (0, 2)),
    "two branches upgraded": ((WHOLE, STEP, STEP), TWICE, (1, 2)),
    "two branches upgraded, one of them further": ((WHOLE, STEP, NEXT, STEP), TWICE, (1, 3)),
    "two branches removed it": ((WHOLE, GONE, GONE), TWICE, (1, 2)),
    "two branches removed all but the hook": ((WHOLE, HOOK_LEFT, HOOK_LEFT), TWICE, (1, 2)),
    "a step is missing": ((WHOLE, NEXT), MISSING, (1,)),
    "the first is missing": ((STEP,), MISSING, (0,)),
    "only its removal is left": ((GONE,), MISSING, (0,)),
    "only the removal of all but the hook is left": ((HOOK_LEFT,), MISSING, (0,)),
    "the first comes after its upgrade": ((STEP, WHOLE), MISSING, (0,)),
    "one branch removed it and one upgraded": ((WHOLE, GONE, STEP), MISSING, (2,)),
    "installed beside the hook that is left": ((WHOLE, HOOK_LEFT, LATER), MISSING, (2,)),
}


def dated(*kinds: str) -> list[str]:
    return [f"2026010{at}000000_{NAME}_{kind}.sql" for at, kind in enumerate(kinds)]


@pytest.mark.parametrize("what", FOLLOWING)
def test_migrations_of_ours_that_follow_each_other_lead_to_a_state(what: str) -> None:
    kinds, state, version = FOLLOWING[what]
    ours = Ours.of(["00000000000000_theirs.sql", *dated(*kinds)])
    assert (ours.state, ours.version) == (state, version)


@pytest.mark.parametrize("what", NOT_FOLLOWING)
def test_two_that_do_the_same_and_one_that_lacks_another_are_named(what: str) -> None:
    kinds, code, named = NOT_FOLLOWING[what]
    names = dated(*kinds)
    with pytest.raises(Refused) as told:
        Ours.of(names)
    assert (told.value.code, [name for name in names if name in told.value.message]) == (
        code,
        [names[at] for at in named],
    )


def test_upgrade_keeps_what_somebody_edited(app: Path, packaged: Callable[[Package], None]) -> None:
    packaged(release("0.9.0"))
    done("install")
    packaged(release("0.10.0", {"index.ts": "// new\n"}))
    for pattern in ("migrations/*_0_9_0.sql", f"functions/{FUNCTION}/index.ts"):
        [file] = (app / "supabase").glob(pattern)
        kept = file.read_bytes()
        file.write_bytes(kept + b"\n-- mine")
        before = files(app)
        refused(ops_gates("upgrade"), "edited")
        assert files(app) == before
        file.write_bytes(kept)
    done("upgrade")


@pytest.mark.usefixtures("app")
def test_a_package_that_does_not_know_the_way_says_so(packaged: Callable[[Package], None]) -> None:
    packaged(release("0.9.0"))
    done("install")
    packaged(dataclasses.replace(release("0.10.0"), released={"0.10.0": Release("20270101000000_more.sql", "")}))
    refused(ops_gates("upgrade"), "no_upgrade")
    packaged(dataclasses.replace(release("0.10.0"), released={}))
    refused(ops_gates("upgrade"), "no_upgrade")


def test_a_version_that_is_not_released_yet_has_all_migrations(app: Path, packaged: Callable[[Package], None]) -> None:
    packaged(release("0.9.0"))
    done("install")
    whole = release("0.10.0")
    packaged(dataclasses.replace(whole, released={v: r for v, r in whole.released.items() if v != "0.10.0"}))
    done("upgrade")
    assert "create table ops.more" in (app / "supabase" / "migrations" / migrations(app)[-1]).read_text()


def test_every_released_version_names_a_migration_and_none_is_newer_than_this_one() -> None:
    own = Package.own()
    assert {release.last for release in own.released.values()} <= {*own.migrations}
    assert all(number(version) <= number(own.version) for version in own.released)
