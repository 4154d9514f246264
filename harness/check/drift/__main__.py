"""`make drift`. Exit codes: 0 no drift, 1 drift or no comparison, 2 wrong usage, 4 not allowed, 5 unreachable."""

from __future__ import annotations

import argparse
import sys

from harness.check import drift
from harness.stack.errors import FAILED, StackError
from ops_gates.errors import NotAllowed, Unreachable


def main(arguments: list[str] | None = None) -> int:
    """Print the report and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.check.drift",
        description="Compare a database with what the migrations make of an empty one.",
        epilog="Example: SUPABASE_DB_URL=postgresql://postgres:…@db.<ref>.supabase.co:5432/postgres make drift",
    )
    parser.add_argument("--target", help="address without a password; otherwise SUPABASE_DB_URL, or the stack")
    given = parser.parse_args(arguments)
    try:
        report = drift.report(drift.target_url(given.target))
    except drift.NoTarget as error:
        print(error, file=sys.stderr)
        return 2
    except NotAllowed as error:
        print(error, file=sys.stderr)
        return 4
    except Unreachable as error:
        print(error, file=sys.stderr)
        return 5
    except StackError as error:
        print(error, file=sys.stderr)
        return FAILED
    print(report.text())
    return 1 if report else 0


if __name__ == "__main__":
    sys.exit(main())
