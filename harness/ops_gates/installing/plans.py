"""What `install`, `upgrade` and `uninstall` change, and what they leave to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ops_gates.core import FUNCTION, SENDER
from ops_gates.errors import Refused
from ops_gates.installing import config_file, removal
from ops_gates.installing.changes import Change
from ops_gates.installing.folder import CONFIGS, RECORD, Folder, Record, digest
from ops_gates.installing.ours import Ours, undated
from ops_gates.installing.package import NAME, Package, Step, in_a_name, number
from ops_gates.platform_calls import DEPLOY, DEPLOY_SENDER, HOOK_SETTINGS, LINK, LOGIN, PUSH, management_call

# While the job stands, it posts the secret key each minute to a function that is gone.
_UNSCHEDULE = (
    "select cron.unschedule('ops-notify'); "
    "delete from vault.secrets where name in ('ops_notify_url', 'ops_notify_key');"
)
_END_NOTICES = (
    f"# where pg_cron calls {SENDER}, in the SQL editor: {_UNSCHEDULE}",
    f"ops-gates notices targets   # where notices are sent: the names of the secrets of {SENDER}",
)
_REMOVE = (
    f"npx supabase functions delete {FUNCTION}",
    f"npx supabase functions delete {SENDER}   # if it was deployed",
    f"# for each secret of {SENDER}: npx supabase secrets unset OPS_NOTICE_<name>",
)
_IF_TOLD = f"{DEPLOY_SENDER}   # if you use notices"
_HAVE_IT_CALLED = f"{_IF_TOLD}; `ops-gates notices schedule` has it called"
# Names what it finds undone, of people and projects too, each with its command.
_CHECK = (
    "ops-gates preflight   # says what of all this is left, and which people and projects to register; "
    "needs SUPABASE_URL and SUPABASE_SECRET_KEY"
)
_REST = (
    "ops-gates uninstall --hook-is-off   # once the access-token hook is switched off in every project, or your own "
    "calls ops.with_member_role no more"
)
_HOOK_OFF = "switch the hook off (or take the call of ops.with_member_role out of your own)"
_PLACE_OF_THE_HOOK = "of each project whose hook is ops.custom_access_token_hook (Authentication, Hooks)"
_MIGRATIONS = "supabase/migrations"
_LOCK = "deno.lock"
_RESTORE = "undo the edit (version control has the file), then run the command again"


@dataclass(frozen=True)
class Plan:
    """What changes, what a person has to decide or mend, and the commands that are left to type."""

    changes: Sequence[Change]
    notes: Sequence[str] = ()
    commands: Sequence[str] = ()
    again: bool = False
    """Whether this was installed before, so that the commands may have been typed."""

    def is_like(self, other: Plan) -> bool:
        """Whether both change the same files from the same state; a migration may have got a later date."""
        mine, others = ({change.undated: change.before for change in each.changes} for each in (self, other))
        return mine == others


@dataclass
class Planner:
    """Looks at a folder with a package in hand; it writes nothing."""

    folder: Folder
    package: Package
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @cached_property
    def record(self) -> Record:
        """What is recorded, nothing if there is no record."""
        return self.folder.record() or Record()

    # The three commands

    def install(self) -> Plan:
        """Everything that is missing; Refused where something is in the way."""
        self._refuse_single_migrations()
        ours = self._ours()
        if ours.state == "hook alone":
            raise self._hook_stays(f"{_HOOK_OFF}, run `ops-gates uninstall --hook-is-off`, then install again")
        if ours.state == "installed" and ours.version != self._version:
            raise Refused(
                "other_version", f"{ours.version} is installed, and this package is {self.package.version}",
                hint="`ops-gates upgrade` writes what leads from one to the other",
            )  # fmt: skip
        self._refuse_without_config()
        if ours.state == "absent":
            if ours.removed_by:
                self.notes.append(
                    f"if the push of {_MIGRATIONS}/{ours.removed_by} was refused, delete it and the new migration: "
                    "the release gates are there still"
                )
            written = self._add_migrations([self.package.whole()])
        else:
            self._refuse_edited_migrations(ours.names)
            written = {name: digest(self._migration(name)) for name in ours.names}
            if len(ours.names) == 1 and digest(self.package.whole().sql) not in written.values():
                raise Refused(
                    "other_version", f"{ours.version} is installed as another build of it was",
                    hint="`ops-gates uninstall`, then `ops-gates install`: what is on record is lost",
                )  # fmt: skip
        hashes = self._write_functions()
        edited = self._edit_config()
        self._after(written, hashes)
        commands = [PUSH, DEPLOY, *self._settings_of_the_project(edited), _HAVE_IT_CALLED, _CHECK]
        return self._plan(commands, again=ours.state == "installed")

    def upgrade(self) -> Plan:
        """The steps from the installed version to the package's, and its function."""
        ours = self._ours()
        if ours.state == "hook alone":
            raise self._hook_stays("there is nothing to upgrade")
        if ours.state != "installed":
            raise Refused("not_installed", "supabase/ has no release gates", hint="`ops-gates install` adds them")
        if ours.version == self._version:
            return Plan(())
        if number(ours.version) > number(self._version):
            raise Refused(
                "no_upgrade", f"{ours.version} is installed, which is newer than this package ({self.package.version})",
                hint="install that version of ops-release-gates, or a newer one",
            )  # fmt: skip
        steps = self.package.steps(ours.version)
        self._refuse_without_config()
        self._refuse_edited_migrations(ours.names)
        kept = {name: digest(self._migration(name)) for name in ours.names}
        written = self._add_migrations(steps)
        hashes = self._write_functions()
        self._edit_config()
        self._after({**kept, **written}, hashes)
        return self._plan([PUSH, DEPLOY, _IF_TOLD, _CHECK])

    def uninstall(self, *, with_facts: bool, hook_is_off: bool) -> Plan:
        """A migration that removes the schema, and no more function and settings where they are as they were added."""
        ours = self._ours()
        if ours.state == "hook alone" and not hook_is_off:
            raise self._hook_stays(f"{_HOOK_OFF}, then add --hook-is-off")
        if ours.state == "absent":
            hint = f"if its push was refused, delete {_MIGRATIONS}/{ours.removed_by}, then run this again"
            what = f"supabase/ has no release gates{' any more' if ours.removed_by else ''}"
            raise Refused("not_installed", what, hint=hint if ours.removed_by else None)
        self._refuse_without_config()
        alone = ours.state == "hook alone"
        sql = removal.sql(hook_alone=alone, with_facts=with_facts, keep_hook=not hook_is_off)
        name = "uninstall" if hook_is_off else "uninstall_but_the_hook"
        self._add_migrations([Step(f"{NAME}_{name}", sql, "")])
        for name in self.package.functions:
            self._remove_function(name)
        edited = config_file.remove(self._config(), self.record.config, hook=hook_is_off)
        self._set_config(edited)
        if not hook_is_off:
            # What is still to be removed by the next uninstall.
            rest = tuple(each for each in self.record.config if each == "hook")
            self._write(RECORD, text=Record(config=rest).text())
        elif self.folder.content(RECORD) is not None:
            self._write(RECORD, text=None)
        # Where only the hook is left, the calls were printed when all else was removed.
        commands = [PUSH] if alone else [*_END_NOTICES, *self._unexposed(edited), PUSH, *_REMOVE]
        return self._plan([*commands, *([] if hook_is_off else self._switch_off(edited))])

    def _ours(self) -> Ours:
        """What is installed; Refused where a migration of ours was copied into another, stands twice or is gone."""
        if copies := [name for name in self.folder.copies() if name not in self.package.migrations]:
            raise Refused(
                "squashed",
                f"{_MIGRATIONS}/{copies[0]} has a copy of schema ops_private, as `supabase migration squash` makes it: "
                "without the roles and the rows that the migration of release gates adds",
                hint=f"bring back what was in {_MIGRATIONS} (version control has it), and squash only what is older "
                "(docs/install.md)",
            )  # fmt: skip
        if renamed := self.folder.renamed():
            raise Refused(
                "migration_gone", f"{_MIGRATIONS}/{renamed[0]} is a migration of release gates under another name",
                hint=f"give it back its name, <date>_{NAME}_<version>.sql for instance (version control has it)",
            )  # fmt: skip
        ours = self.folder.ours()
        there = {undated(name) for name in ours.names}
        if gone := [name for name in self.record.migrations if undated(name) not in there]:
            raise Refused(
                "migration_gone", f"{_MIGRATIONS}/{gone[0]}, which supabase/{RECORD} names, is gone",
                hint="bring it back (version control has it); if none of them was ever pushed anywhere, remove "
                f"supabase/{RECORD} and run `ops-gates install`",
            )  # fmt: skip
        return ours

    def _hook_stays(self, then: str) -> Refused:
        """What to do where a migration removes all but the hook: it may have been pushed, or its push was refused."""
        return Refused(
            "hook_stays", f"{_MIGRATIONS}/{self.folder.ours().removed_by} removes the schema but for the hook",
            hint=f"if its push was refused, delete it, then run this again; if it was pushed, {then}",
        )  # fmt: skip

    # Migrations

    @property
    def _version(self) -> str:
        """The version as names of migrations have it, with dots."""
        return in_a_name(self.package.version).replace("_", ".")

    def _migration(self, name: str) -> str:
        return self.folder.text("migrations", name) or ""

    def _add_migrations(self, steps: Sequence[Step]) -> dict[str, str]:
        names = self.folder.next_names([step.name for step in steps])
        for name, step in zip(names, steps, strict=True):
            self._write("migrations", name, text=step.sql)
        return {name: digest(step.sql) for name, step in zip(names, steps, strict=True)}

    def _refuse_edited_migrations(self, names: Iterable[str]) -> None:
        known = {digest(self.package.whole().sql)}
        # A file may have got another date, as when two branches are merged.
        hashes = {*self.record.migrations.values()} or known
        edited = [name for name in names if digest(self._migration(name)) not in hashes]
        if edited:
            raise Refused("edited", f"supabase/migrations/{edited[0]} is not as it was written", hint=_RESTORE)

    def _refuse_single_migrations(self) -> None:
        single = [name for name in self.folder.migrations() if name in self.package.migrations]
        if single:
            raise Refused(
                "not_ours", f"supabase/migrations has the schema one file at a time already ({single[0]})",
                hint="this is a checkout of ops-release-gates, or has its migrations: there is nothing to install",
            )  # fmt: skip

    # The functions

    def _known(self, function: str) -> Mapping[str, str]:
        """What is recorded of the files of a function."""
        return self.record.sender if function == SENDER else self.record.function

    def _write_functions(self) -> dict[str, dict[str, str]]:
        """The hashes of the files of each function."""
        return {name: self._write_function(name, wanted) for name, wanted in self.package.functions.items()}

    def _write_function(self, function: str, wanted: Mapping[str, str]) -> dict[str, str]:
        there = {name: content.decode("utf-8", "replace") for name, content in self.folder.function(function).items()}
        hashes = {name: digest(text) for name, text in wanted.items()}
        for name, text in there.items():
            known = self._known(function).get(name)
            if name not in wanted and known is None:
                continue  # somebody's own file
            if digest(text) not in (known, hashes.get(name)):
                file = f"supabase/functions/{function}/{name}"
                if known:
                    raise Refused("edited", f"{file} is not as it was written", hint=_RESTORE)
                raise Refused(
                    "not_ours", f"{file} is not the file that this version writes, and nothing says that it was",
                    hint="rename the folder if it is yours; otherwise remove the file, and it is written again",
                )  # fmt: skip
        for name, text in wanted.items():
            if name not in there or digest(there[name]) != hashes[name]:
                self._write("functions", function, *name.split("/"), text=text)
        for name in there.keys() - wanted.keys():
            if name in self._known(function):
                self._write("functions", function, *name.split("/"), text=None)
        return hashes

    def _remove_function(self, function: str) -> None:
        found = self.folder.function(function)
        there = {name: digest(content.decode("utf-8", "replace")) for name, content in found.items()}
        known = self._known(function) or {name: digest(text) for name, text in self.package.functions[function].items()}
        there.pop(_LOCK, None)  # made from our deno.json by `deno install`, and good for nothing else
        if edited := [name for name, hash_ in there.items() if known.get(name) != hash_]:
            why = "is not as it was written" if edited[0] in known else "is yours"
            self.notes.append(f"remove supabase/functions/{function} yourself: it stays, since {edited[0]} {why}")
            return
        for name in found:
            self._write("functions", function, *name.split("/"), text=None)

    # The settings

    def _config(self) -> bytes:
        return self.folder.content("config.toml") or b""

    def _refuse_without_config(self) -> None:
        for name in CONFIGS[1:]:
            if self.folder.at(name).exists():
                raise Refused(
                    "unreadable_config", f"supabase/{name} is there, and only config.toml can be edited",
                    hint="move its settings to config.toml",
                )  # fmt: skip

    def _edit_config(self) -> config_file.Edited:
        edited = config_file.add(self._config())
        self._set_config(edited)
        self.added = tuple(dict.fromkeys([*self.record.config, *edited.changed]))
        return edited

    def _set_config(self, edited: config_file.Edited) -> None:
        if edited.changed:
            self._write("config.toml", content=edited.content)
        self.notes += edited.left

    # What comes of it

    def _after(self, migrations: Mapping[str, str], functions: Mapping[str, Mapping[str, str]]) -> None:
        self._write(RECORD, text=Record(migrations, functions[FUNCTION], self.added, functions[SENDER]).text())

    def _write(self, *parts: str, text: str | None = None, content: bytes | None = None) -> None:
        after = content if text is None else text.encode()
        before = self.folder.content(*parts)
        if before != after:
            self.changes.append(Change("/".join(("supabase", *parts)), self.folder.at(*parts), before, after))

    def _plan(self, commands: Sequence[str], *, again: bool = False) -> Plan:
        """The whole plan; the commands act on the linked project, so it is linked first."""
        return Plan(self.changes, self.notes, [*([] if self.folder.ref() else [LOGIN, LINK]), *commands], again)

    def _unexposed(self, edited: config_file.Edited) -> list[str]:
        """The call that takes the schema out of those that the API exposes; it needs to know the others."""
        if edited.exposed is None:
            return [f"# take {config_file.SCHEMA} out of the exposed schemas of the project (Settings, Data API)"]
        others = [name for name in edited.exposed if name != config_file.SCHEMA]
        return [self._call("postgrest", {"db_schema": ", ".join(others)})] if others else []

    def _settings_of_the_project(self, edited: config_file.Edited) -> list[str]:
        """The settings of a hosted project that no migration changes, as calls of the Management API."""
        calls = []
        if edited.exposed is None:
            # The call replaces the whole list, and would take away what only the project knows.
            calls.append(f"# add {config_file.SCHEMA} to the exposed schemas of the project (Settings, Data API)")
        else:
            calls.append(self._call("postgrest", {"db_schema": ", ".join(edited.exposed)}))
        return [*calls, *self._hook_of_the_project(edited, "on", HOOK_SETTINGS)]

    def _hook_of_the_project(self, edited: config_file.Edited, turn: str, to: Mapping[str, object]) -> list[str]:
        """The call that switches our hook on or off. Where one project has another hook, the call would replace it."""
        if edited.hook is None:
            return [f"# switch the hook {turn} {_PLACE_OF_THE_HOOK}"]
        return [self._call("config/auth", to)] if edited.hook else []

    def _switch_off(self, edited: config_file.Edited) -> list[str]:
        """The call that switches the hook off, where it is ours, and what is possible then."""
        return [*self._hook_of_the_project(edited, "off", {"hook_custom_access_token_enabled": False}), _REST]

    def _call(self, of: str, settings: Mapping[str, object]) -> str:
        return management_call(self.folder.ref(), of, settings)
