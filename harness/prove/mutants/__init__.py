"""Breaks every rule about access, one at a time, and asks whether the tests notice.

Each mutant is applied in a transaction on a copy of the database. Then the tests of access run in the same session,
and all is undone. The tests are given by the caller: `python -m harness.tests.mutants`.
"""
