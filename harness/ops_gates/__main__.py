"""`python -m ops_gates` is `ops-gates`."""

import sys


def main() -> None:
    """Run the command line; an interrupt while it is still being loaded ends as any other does."""
    try:
        from ops_gates.cli import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
