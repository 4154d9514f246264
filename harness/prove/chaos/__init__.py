"""Load, broken parts and hung-up clients; then what was acknowledged is compared with what is stored."""
