"""`python -m harness.stack`, which is also `make up`, `make down`, `make status`, `make reset` and `make token`."""

from harness.stack.commands import app

app()
