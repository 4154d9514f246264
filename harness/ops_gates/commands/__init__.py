"""The commands of `ops-gates`, one module for each noun."""
