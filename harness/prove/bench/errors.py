"""The error that ends a measurement."""


class BenchError(Exception):
    """A slice that did not do what is measured: one sentence, for the person who ran it."""
