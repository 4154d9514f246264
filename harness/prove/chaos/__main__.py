"""Kills parts under load and lets them hang, compares acknowledged with stored, and writes docs/reports/chaos.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from rich.console import Console

from harness.prove.chaos.figures import EFFORTS, measure
from harness.prove.chaos.report import write
from harness.prove.chaos.result import ChaosResult
from harness.prove.chaos.run import QUICK, ChaosProfile, run
from harness.prove.chaos.shown import show
from harness.prove.progress import shown_progress
from harness.stack import StackError
from harness.stack.parts import CACHE, ROOT
from harness.stack.signals import heed_signals

EXAMPLES = """\
examples:
  make chaos                               everything, about 20 minutes on idle cores; writes docs/reports/chaos.md
  make chaos ARGS=--quick                  a few kills of each part, a minute; writes .cache/chaos-quick
  make chaos ARGS='--figures none'         all kills and outages, 5 minutes on idle cores; .cache/chaos
  make chaos ARGS='--figures none --seed 7'    the same in another order

The journal of what was sent and acknowledged stays beside the page in .cache, with the logs of the tests.
"""


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.prove.chaos",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a few kills of each part, two outages, no figures")
    parser.add_argument("--seed", type=int, default=1, help="what is killed when, and what is sent (default: 1)")
    parser.add_argument(
        "--figures", choices=EFFORTS, help="how often the repeating tests repeat (default: nightly, --quick: none)"
    )
    asked = parser.parse_args(given)
    asked.figures = asked.figures or ("none" if asked.quick else "nightly")
    return asked


def main(given: Sequence[str] | None = None) -> int:
    """0 when all is well, 1 when something is wrong or could not be tried; 130 after Ctrl-C."""
    asked = arguments(given)
    console = Console(width=None if sys.stdout.isatty() else 140)
    heed_signals()
    started = time.monotonic()
    try:
        findings = take(asked, console)
    except KeyboardInterrupt:
        console.print("interrupted; no page was written, and nothing is left running")
        return 130
    except (StackError, psycopg.Error) as error:
        console.print(f"could not go on: {error}", markup=False)
        return 1
    show(findings, console)
    whole = not asked.quick and asked.figures == "nightly"
    page = write(findings, command(asked), ROOT / "docs" / "reports" if whole else kept(asked))
    console.print(f"written: {page.relative_to(ROOT)}; journal and logs: {kept(asked).relative_to(ROOT)}")
    console.print(f"took {time.monotonic() - started:.0f} s")
    return 1 if findings.problems else 0


def take(asked: argparse.Namespace, console: Console) -> ChaosResult:
    """The run itself."""
    profile = QUICK if asked.quick else ChaosProfile()
    with shown_progress(console) as told:
        findings = run(profile, asked.seed, kept(asked), told)
        return replace(findings, figures=[*measure(asked.figures, kept(asked), told)])


def kept(asked: argparse.Namespace) -> Path:
    """Where journal and logs stay."""
    return CACHE / ("chaos-quick" if asked.quick else "chaos")


def command(asked: argparse.Namespace) -> str:
    """What repeats this run."""
    usual = "none" if asked.quick else "nightly"
    given = [
        *(["--quick"] if asked.quick else []),
        *([f"--seed {asked.seed}"] if asked.seed != 1 else []),
        *([f"--figures {asked.figures}"] if asked.figures != usual else []),
    ]
    return f"make chaos ARGS='{' '.join(given)}'" if given else "make chaos"


if __name__ == "__main__":
    sys.exit(main())
