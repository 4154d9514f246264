"""Whether a restored database is the one that was dumped: its rows, its rules, and its answers."""
