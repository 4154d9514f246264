"""The error of a part of the stack that is missing or does not work."""

# Exit code of every command of the checkout that ends with this error.
FAILED = 1


class StackError(Exception):
    """Says in one sentence each what failed, what was checked, and what to do."""

    def __init__(self, failed: str, *, checked: str = "", mend: str = "") -> None:
        """Join the sentences that are given."""
        self.failed, self.checked, self.mend = failed, checked, mend
        super().__init__(
            "\n".join(part for part in (failed, checked and f"checked: {checked}", mend and f"do: {mend}") if part)
        )
