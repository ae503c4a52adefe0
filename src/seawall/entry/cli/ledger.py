"""`ledger verify` and `ledger checkpoint`."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from seawall.entry.audit import audit
from seawall.entry.bootstrap import open_seawall
from seawall.entry.cli.output import EXIT_NEGATIVE, emit_json
from seawall.entry.progress import shown
from seawall.kernel.errors import NotFoundError


def verify(kept: Path | None, *, as_json: bool) -> None:
    """Check everything; a problem gives exit code 1."""
    seawall = open_seawall()
    seawall.require()
    if kept is not None and not kept.is_file():
        raise NotFoundError("ledger.no-such-file", f"there is no file {kept}", remedy="Check the path.")
    with shown(quiet=as_json) as progress:
        report = audit(seawall, kept.read_text() if kept else "", progress)
    if as_json:
        emit_json(report)
    elif report.problems:
        for problem in report.problems:
            sys.stdout.write(f"WRONG  {problem.where}: {problem.what}\n")
        sys.stdout.write(f"{len(report.problems)} problem(s) in {report.entries:,} entries\n")
    else:
        sys.stdout.write(
            f"ok: {report.entries:,} entries, {report.checkpoints:,} checkpoints, root {report.root[:16]}…\n"
        )
    if report.problems:
        raise typer.Exit(EXIT_NEGATIVE)


def checkpoint() -> None:
    """Print the newest checkpoint."""
    seawall = open_seawall()
    seawall.require()
    sys.stdout.write(seawall.checkpoint())
