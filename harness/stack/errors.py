"""What the harness says when a part is missing or does not do its work."""


class StackError(Exception):
    """One sentence each: what failed, what was checked, how to mend it."""

    def __init__(self, failed: str, *, checked: str = "", mend: str = "") -> None:
        """Join the sentences; leave out what is not known."""
        self.failed, self.checked, self.mend = failed, checked, mend
        super().__init__(
            "\n".join(part for part in (failed, checked and f"checked: {checked}", mend and f"do: {mend}") if part)
        )
