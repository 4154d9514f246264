"""`python -m harness.tests.mutants`, which is `make mutants`: break each access rule and ask the tests of access."""

from __future__ import annotations

import sys

from harness.prove.mutants.run import Promises, main

PROMISES = Promises(
    catalogue=(
        "harness.tests.test_access_catalogue",
        "harness.tests.test_access_functions",
        "harness.tests.test_access_rights",
        "harness.tests.test_access_triggers",
    ),
    behaviour=(
        "harness.tests.test_access",
        "harness.tests.test_access_assurance",
        "harness.tests.test_access_hook",
        "harness.tests.test_access_members",
        "harness.tests.test_access_projects",
        "harness.tests.test_access_projects_events",
        "harness.tests.test_access_records",
        "harness.tests.test_access_scopes",
        "harness.tests.test_access_sessions",
        "harness.tests.test_access_rules",
        "harness.tests.test_access_writes",
        "harness.tests.test_names_and_locks",
        "harness.tests.test_owner",
        "harness.tests.test_private_functions",
        "harness.tests.test_sources",
        "harness.tests.test_ways_round",
        "harness.tests.test_ways_round_numbers",
        "harness.tests.test_ways_round_people",
        "harness.tests.test_ways_round_sql",
    ),
)
LEFT_OUT = (
    "harness.tests.test_temporary_objects",  # creates hundreds of hostile objects for each role, which is slow
)

if __name__ == "__main__":
    sys.exit(main(PROMISES))
