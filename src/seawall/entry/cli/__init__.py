"""The command line: one thin module a group of verbs, imported only when it is used."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:2] == ["check"]:
        from seawall.entry.cli.check import main as check

        sys.exit(check(sys.argv[2:]))
    from seawall.entry.cli.app import app

    app()
