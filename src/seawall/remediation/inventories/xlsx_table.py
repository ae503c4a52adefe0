"""Asset lists and program lists as XLSX.

Every sheet whose first rows name columns is read; others are named in a note. A version that the spreadsheet took for a
date is named as unreadable, as nobody can tell what was typed; one that it took for a number is read, and stated, as
1.10 has become 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.tables import Header, header_of, read_rows
from seawall.remediation.inventories.workbook import Row, Workbook

_HEADER_WITHIN: Final = 10
"""First rows with cells among which a header is looked for; titles and logos come before it."""


def read(document: Document, reading: Reading) -> str:
    """Read all tables of a workbook.

    Raises:
        InvalidInputError: It is damaged or of a kind that is not read (`remediation.unreadable-inventory`,
            `remediation.unsupported-inventory`), no sheet names columns (`remediation.no-header`), or a sheet names one
            twice (`remediation.duplicate-column`).
        LimitExceededError: It inflates to too much, or has too many rows or columns (`remediation.too-large`).
    """
    workbook = Workbook(document.data, reading.limits)
    assets = False
    read_any = False
    first_row = ""
    for name, member in workbook.sheets:
        rows = workbook.rows(member)
        found: Header | None = None
        seen: list[str] = []
        for row in islice(rows, _HEADER_WITHIN):
            seen = seen or row.cells
            found = header_of(row.cells)
            if found:
                break
        if found is None:
            first_row = first_row or ", ".join(seen)
            if seen:
                reading.note(f"sheet {name[:40]!r} names no columns of an asset list; it was not read")
            continue
        read_any = True
        assets = assets or found.lists_assets
        place = "row" if len(workbook.sheets) == 1 else f"{name[:40]} row"
        read_rows(found, _told(found, rows, place, reading), reading, place=place)
    if not read_any:
        raise errors.no_header(first_row)
    return "asset list (XLSX)" if assets else "program list (XLSX)"


def _told(header: Header, rows: Iterator[Row], place: str, reading: Reading) -> Iterator[tuple[int, Sequence[str]]]:
    """Tell versions that are versions from those that a spreadsheet has changed."""
    version = header.places.get("version", -1)
    numbers: list[int] = []
    for row in rows:
        if version in row.dates:
            reading.refuse(f"{place} {row.number}", "its version is a date in the sheet; make the column text")
            continue
        if version in row.numbers and "." in row.cells[version]:
            numbers.append(row.number)
        yield row.number, row.cells
    if numbers:
        reading.note(
            f"versions that are numbers in the sheet, so that 1.10 would read 1.1: {len(numbers):,} "
            f"(the first: {place} {numbers[0]}); make the column text"
        )
