"""Measures every row of the speed table against its floor, and writes docs/reports/benchmarks.md and its details."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import psycopg
from rich.console import Console

from harness.prove.bench.cluster import SHOWN, BenchCluster, bytes_by_table, kept_cluster, passing_cluster
from harness.prove.bench.errors import BenchError
from harness.prove.bench.older import older, resolved, subject
from harness.prove.bench.report import BenchResult, write
from harness.prove.bench.rows import QUICK, BenchProfile
from harness.prove.bench.run import PROFILE, RECIPES, chosen, minutes, run
from harness.prove.bench.shown import show
from harness.prove.machine import describe
from harness.prove.progress import shown_progress
from harness.stack import StackError
from harness.stack.parts import CACHE, ROOT
from harness.stack.signals import heed_signals

EXAMPLES = """\
examples:
  make bench                                     everything, at most 20 minutes; writes docs/reports/benchmarks.md
  make bench ARGS=--quick                        everything at a tiny size, a minute; writes .cache/bench-quick
  make bench ARGS='--only ingest-sql'            one row, nearly empty, about a minute; writes nothing
  make bench ARGS='--only newest --sizes 1000,100000'
  make bench ARGS='--only ingest-sql --only retry-8 --against HEAD~3'

The loaded databases are kept in .cache/bench until a migration changes; `make clean` removes them.
"""


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.prove.bench",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*(recipe.name for recipe in RECIPES), PROFILE]
    parser.add_argument(
        "--only", action="append", default=[], choices=names, help="one row, or the profile; may be given again"
    )
    parser.add_argument("--sizes", type=_sizes, metavar="N,N,…", help="releases in each database, e.g. 1000,100000")
    parser.add_argument(
        "--against", metavar="COMMIT", help="an earlier commit to take turns with, at the smallest size"
    )
    parser.add_argument("--quick", action="store_true", help="see that it runs; its times say nothing")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a bar is missed")
    parser.add_argument(
        "--no-fsync", action="store_true", help="commits that cost nothing: ratios of work alone, and harder to reach"
    )
    return parser.parse_args(given)


def _sizes(text: str) -> list[int]:
    try:
        sizes = sorted({int(part.replace("_", "")) for part in text.split(",")})
    except ValueError:
        raise argparse.ArgumentTypeError("expected numbers with commas between them, e.g. 1000,100000") from None
    if sizes[0] < 10:
        raise argparse.ArgumentTypeError("a size is at least 10 releases")
    return sizes


def main(given: Sequence[str] | None = None) -> int:
    """0 when measured, 1 when it could not be, or with --strict when a bar was missed; 130 after Ctrl-C."""
    asked = arguments(given)
    console = Console(width=None if sys.stdout.isatty() else 140)
    heed_signals()
    started = time.monotonic()
    try:
        findings = take(asked, console)
    except KeyboardInterrupt:
        console.print("interrupted; nothing was written, and nothing is left running")
        return 130
    except (BenchError, StackError, psycopg.Error) as error:
        console.print(f"could not measure: {error}", markup=False)
        return 1
    show(findings, console)
    if not (asked.only or asked.sizes or asked.no_fsync):
        directory = CACHE / "bench-quick" if asked.quick else ROOT / "docs" / "reports"
        console.print(f"written: {write(findings, directory).relative_to(ROOT)}")
    console.print(f"measured in {time.monotonic() - started:.0f} s")
    return 1 if asked.strict and not all(outcome.met for outcome in findings.outcomes) else 0


def take(asked: argparse.Namespace, console: Console) -> BenchResult:
    """The run itself."""
    commit = resolved(asked.against) if asked.against else None
    profile = QUICK if asked.quick else BenchProfile()
    if asked.sizes or (asked.only and not asked.quick):
        profile = replace(profile, sizes=tuple(asked.sizes or profile.sizes[:1]))
    cluster_of = passing_cluster() if asked.quick else kept_cluster(durable=not asked.no_fsync)
    with cluster_of as cluster, shown_progress(console) as step:
        place = BenchCluster(cluster, step)
        where = describe(cluster, SHOWN)
        with contextlib.ExitStack() as closing:
            before = None
            if commit:
                where["Before"] = subject(commit)
                before = closing.enter_context(older(place, commit, min(profile.sizes)))
            recipes, profiled = chosen(asked.only), not asked.only or PROFILE in asked.only
            if not asked.quick:
                console.print(f"about {minutes(recipes)} min, and some for databases that are loaded once and kept")
            rows, breakdowns = run(place, profile, recipes, before, profiled=profiled)
        sizes = bytes_by_table(cluster, place.loaded(max(profile.sizes)))
        return BenchResult(rows, profile.sizes, where, sizes, breakdowns)


if __name__ == "__main__":
    sys.exit(main())
