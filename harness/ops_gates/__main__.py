"""`python -m ops_gates` is `ops-gates`."""

from ops_gates.cli import app

app()
