"""The job that a step of a pipeline is part of: its inputs, its log, its outputs and its summary."""

from __future__ import annotations

import contextlib
import sys
import uuid
from collections.abc import Iterable, Mapping

from ops_gates import files, streams
from ops_gates.errors import Unwritable, UsageFault
from ops_gates.settings import redact, secrets_of


class Job:
    """The job that this is a step of: what it was given, and where it reads logs, outputs and summary."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the runner's variables."""
        self.environment = environment
        self._on_runner = environment.get("GITHUB_ACTIONS") == "true"

    @property
    def _secrets(self) -> list[str]:
        """What nobody may see, the tokens of a session included once it was read."""
        return secrets_of(self.environment)

    def mask(self) -> None:
        """On a runner, have it mask every secret."""
        if self._on_runner:
            for secret in self._secrets:
                # Read by the runner and shown to nobody.
                print(f"::add-mask::{_escaped(secret)}", flush=True)

    def given(self, name: str, default: str = "") -> str:
        """An input or a runner's variable, without blanks around it."""
        return streams.as_utf8(self.environment.get(name, "")).strip() or default

    def needed(self, what: str, *names: str) -> str:
        """The first of several inputs or variables that is given, where there is no going on without one."""
        value = next(filter(None, map(self.given, names)), "")
        if not value:
            raise UsageFault(f"{what} is missing ({' or '.join(names)})")
        return value

    def one_of(self, name: str, what: str, allowed: Iterable[str]) -> str:
        """An input that has only so many values."""
        value = self.given(name)
        if value not in allowed:
            said = f"{value!r}" if value else "missing"
            raise UsageFault(f"{what} is {said} ({name}): it is one of {', '.join(allowed)}")
        return value

    def redacted(self, text: str) -> str:
        """Text from elsewhere in one line, without secrets; nothing in it steers a terminal."""
        return redact(streams.escaped(" ".join(text.split())), self._secrets)

    def check_files(self) -> None:
        """UsageFault, before anything is sent, if outputs or summary cannot be written."""
        for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            try:
                self._append(variable, "")
            except Unwritable as error:
                raise UsageFault(f"{variable} names no file that can be written: {error.__cause__}") from None

    def say(self, text: str) -> None:
        """A line of the log; what came from elsewhere cannot become a command of the runner."""
        line = self.redacted(text)
        print(line.replace("::", ": :").replace("##[", "## ["), flush=True)

    def fail(self, action: str, text: str) -> None:
        """The one sentence: as an annotation of the run on a runner, otherwise on standard error."""
        said = streams.shortened(self.redacted(text))
        if self._on_runner:
            with contextlib.suppress(Unwritable):
                print(f"::error title={action}::{_escaped(said)}", flush=True)
                return
        print(said, file=sys.stderr, flush=True)

    def output(self, **values: str) -> None:
        """Outputs of the step, whatever is in them. They are not searched for secrets: `eligible` may be in one."""
        fence = f"end-{uuid.uuid4().hex}"
        lines = [f"{name.replace('_', '-')}<<{fence}\n{value}\n{fence}\n" for name, value in values.items()]
        self._append("GITHUB_OUTPUT", "".join(lines))

    def summarise(self, markdown: str) -> None:
        """More of the job's summary page."""
        self._append("GITHUB_STEP_SUMMARY", redact(markdown + "\n", self._secrets))

    def _append(self, variable: str, text: str) -> None:
        if path := self.given(variable):
            try:
                files.append(path, text)
            except OSError as error:
                said = f"{variable} could not be written: {error.strerror}"
                raise Unwritable(f"{said}; what was asked of the project before that has happened") from error


def _escaped(text: str) -> str:
    """A message as the runner's commands want it."""
    return " ".join(text.split()).replace("%", "%25")
