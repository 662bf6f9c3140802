"""Flows tried without a telephone: test cases, a virtual caller, coverage, mutants, and calls of the past replayed."""
