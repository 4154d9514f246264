"""Breaks parts of a stack under load, then compares what clients were told with what is stored."""
