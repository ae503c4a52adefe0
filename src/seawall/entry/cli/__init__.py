"""The command line: one thin module a group of verbs, imported only when it is used."""


def main() -> None:
    """Run the command line and exit with its code."""
    from seawall.entry.cli.app import app

    app()
