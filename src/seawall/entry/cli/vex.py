"""`vex add`, and what `inventory exposures --format` writes: VEX in and out of the stored inventories."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from msgspec.structs import replace

from seawall.entry.bootstrap import Seawall, open_seawall
from seawall.entry.cli.output import emit_json
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.visible import visible
from seawall.remediation.errors import unopened
from seawall.remediation.model import VexStatement
from seawall.remediation.report_service import ReportBackService
from seawall.remediation.store import remediation_units
from seawall.remediation.vex import FORMATS, VexOrigin, VexReading, format_of, read_vex


def add(paths: Sequence[Path], *, owner: str = "", as_json: bool = False) -> None:
    """Keep what VEX documents say; all of them are read before anything is kept."""
    readings = [(path, _read(path)) for path in paths]
    seawall = open_seawall()
    seawall.initialise()
    service = ReportBackService(remediation_units(seawall.units), seawall.clock)
    new = [service.hear(_signed(reading, path), owner=owner) for path, reading in readings]
    if as_json:
        documents = [
            {"file": str(path), "author": reading.author, "statements": len(reading.statements), "new": count}
            | {"format": reading.format, "notes": reading.notes}
            for (path, reading), count in zip(readings, new, strict=True)
        ]
        emit_json({"documents": documents})
        return
    for (path, reading), count in zip(readings, new, strict=True):
        author = reading.author or "an unnamed author"
        lines = [f"{path.name}: statements by {author}: {len(reading.statements):,}, new: {count:,}"]
        lines += [f"  not taken over: {note}" for note in reading.notes]
        sys.stdout.write("".join(f"{visible(line)}\n" for line in lines))


def check_format(name: str) -> None:
    """Check the name of a format.

    Raises:
        InvalidInputError: There is none of that name (`vex.unknown-format`).
    """
    if name not in FORMATS:
        raise InvalidInputError(
            "vex.unknown-format", f"there is no VEX format {name[:40]!r}", remedy=f"Use one of {', '.join(FORMATS)}."
        )


def write(statements: Sequence[VexStatement], name: str, owner: str, asset: str, seawall: Seawall) -> None:
    """Write what an owner says about an asset to standard output, in a format of VEX.

    Raises:
        InvalidInputError: There is nothing to say (`remediation.unwritable-vex`).
    """
    origin = VexOrigin(
        author=owner,
        at=seawall.clock.now(),
        namespace=seawall.settings.namespace,
        tool=f"Seawall {version('seawall')}",
        title=f"Vulnerabilities in {asset}",
    )
    sys.stdout.write(format_of(name).write(statements, origin).decode() + "\n")


def _read(path: Path) -> VexReading:
    try:
        document = path.read_bytes()
    except OSError as error:
        raise unopened(str(path), error.strerror or "") from None
    return read_vex(document)


def _signed(reading: VexReading, path: Path) -> list[VexStatement]:
    """Return the statements, each with an author: where a document names none, its file's name must do."""
    author = reading.author or path.name
    return [each if each.author else replace(each, author=author) for each in reading.statements]
