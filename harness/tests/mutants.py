"""`python -m harness.tests.mutants`, which is `make mutants`: the tests of access, asked about broken rules."""

from __future__ import annotations

import sys

from harness.prove.mutants.run import Promises, main

PROMISES = Promises(
    catalogue="harness.tests.test_access_catalogue",
    behaviour=(
        "harness.tests.test_access",
        "harness.tests.test_access_rules",
        "harness.tests.test_ways_round",
        "harness.tests.test_private_functions",
    ),
)

if __name__ == "__main__":
    sys.exit(main(PROMISES))
