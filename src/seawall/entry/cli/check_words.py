"""The words of `check`, read with the standard library alone.

The framework that reads all other verbs takes longer to start than a whole check. So `seawall check …` is told apart
before it is imported, and the framework passes on what comes its way (`--help`, completion, tests).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

EXIT_USAGE: Final = 64
_EXPOSED: Final = ("yes", "no", "unknown")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words; the standard library's exit code, 2, is an answer of `check`."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"error: {message}\n")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words after `check`. Wrong ones end the program with exit code 64, `--help` with 0."""
    return _parser().parse_args(words)


def complete(incomplete: str) -> list[str]:
    """Return the options that begin like this, for the shell."""
    return [name for action in _parser()._actions for name in action.option_strings if name.startswith(incomplete)]  # noqa: SLF001 - the standard library offers no other way to list options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="seawall check",
        description="Am I exposed, by when must I act, what do I do? Works offline.",
        epilog="exit code: 0 nothing is due, 1 something is due, 2 something is overdue, 64 and above an error",
    )
    add = parser.add_argument
    add("inventory", help="SBOM, package list or asset list; - for standard input")
    add("--index", type=Path, metavar="FILE", help="index file; the home's own if left out")
    add("--osv", type=Path, action="append", default=[], metavar="PATH", help="further OSV records")
    add("--distro", default="", metavar="NAME", help="where packages are installed, for example debian-12")
    add("--exposed", default="unknown", choices=_EXPOSED, help="can strangers reach it over public networks?")
    add("--asset", default="", metavar="NAME", help="name of the asset; the inventory's own name if left out")
    add("--policy", default="", metavar="POLICY", help="name, id or file of a policy")
    add("--given", action="append", default=[], metavar="POINT=VALUE", help="a property of the assets")
    add("--vex", type=Path, action="append", default=[], metavar="FILE", help="OpenVEX, CSAF or CycloneDX VEX")
    add("--first-seen", default="", metavar="DAY", help="when the exposures were first seen: 2026-11-30")
    add("--forget", action="store_true", help="remember no first day, and ask for none")
    add("--out", "-o", type=Path, action="append", default=[], metavar="FILE", help="write it too; the name decides")
    add("--format", default="", metavar="NAME", help="print html, csv, sarif, openvex, csaf-vex or cyclonedx-vex")
    add("--explain", action="store_true", help="show each input of each due date")
    add("--json", action="store_true", help="print one JSON document")
    return parser
