"""Proofs: benchmark, chaos, mutants, the dry run, the model of the rules, and what tests share."""
