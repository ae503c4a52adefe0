"""`signals load`: what others know about vulnerabilities."""

from __future__ import annotations

import sys
from pathlib import Path

from seawall.entry.bootstrap import open_seawall
from seawall.entry.cli.output import emit_json
from seawall.kernel.errors import NotFoundError


def load(kind: str, paths: list[Path], *, as_json: bool) -> None:
    """Read documents of one feed."""
    seawall = open_seawall()
    seawall.initialise()
    reports = []
    for path in paths:
        if path.is_dir():
            reports.append(seawall.signals.load_folder(kind, path))
            continue
        if not path.is_file():
            raise NotFoundError("signals.no-such-file", f"there is no file {path}", remedy="Check the path.")
        with path.open("rb") as stream:
            reports.append(seawall.signals.load(kind, stream))
    seawall.reconsider()
    if as_json:
        emit_json({"loaded": reports})
        return
    for path, report in zip(paths, reports, strict=True):
        sys.stdout.write(
            f"{path.name}: {report.records:,} records, {report.added:,} new statements, {report.unchanged:,} known, "
            f"{report.retracted:,} retracted\n"
        )
        for problem in report.problems:
            sys.stderr.write(f"  not read: {problem}\n")
    sys.stdout.write("run `seawall process` to have due dates follow\n")
