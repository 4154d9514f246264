"""What keeps a measurement from being one."""


class BenchError(Exception):
    """A slice that did not do what is measured: one sentence, for the person who ran it."""
