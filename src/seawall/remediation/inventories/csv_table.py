"""Asset lists and program lists as CSV: comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1252.

Also PowerShell's `Export-Csv`, with its `#TYPE` line, and Excel's `sep=;` line. The delimiter is the one with which the
first row names most columns. Rows are read one by one; a quote that does not end is an error, as the file is cut off.
Source: RFC 4180.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from seawall.kernel.errors import InvalidInputError
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.tables import Header, header_of, read_rows
from seawall.remediation.inventories.text_lines import head_of, open_text

_TITLE: Final = "CSV"
_DELIMITERS: Final = (",", ";", "\t", "|")
_LINE_CHARACTERS: Final = 1 << 20
"""Longest physical line; beyond it the file is no table."""


def is_table(data: bytes) -> bool:
    """Whether the beginning reads as a table with a header that names columns."""
    lines = io.StringIO(head_of(data), newline="")
    first, _ = _skip_preamble(lines)
    try:
        return _best_header(first) is not None
    except InvalidInputError:
        return True  # a table, and the reader says what is wrong with it


def read(document: Document, reading: Reading) -> str:
    """Read the table.

    Raises:
        InvalidInputError: The first row names no columns (`remediation.no-header`), two have one name
            (`remediation.duplicate-column`), or it is cut off or no text (`remediation.unreadable-inventory`).
        LimitExceededError: A line is too long, or there are too many rows (`remediation.too-large`).
    """
    text = open_text(document, reading, _TITLE)
    first, skipped = _skip_preamble(text)
    found = _best_header(first)
    if found is None:
        raise errors.no_header(first.strip())
    header, delimiter = found
    read_rows(header, _rows(text, delimiter, skipped, reading), reading)
    return "asset list (CSV)" if header.lists_assets else "program list (CSV)"


def _rows(text: io.TextIOBase, delimiter: str, skipped: int, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the number that a spreadsheet shows for them, the header being 1."""
    rows = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    number = 1
    try:
        for row in rows:
            number += 1
            if number - 1 > reading.limits.items:
                raise too_large("the number of rows", reading.limits.items, "rows")
            yield number, row
    except csv.Error as error:
        where = rows.line_num + skipped + 1
        raise errors.unreadable(_TITLE, f"line {where}: {error}; is the file cut off?") from None


def _lines(text: io.TextIOBase) -> Iterator[str]:
    while line := text.readline(_LINE_CHARACTERS + 1):
        if len(line) > _LINE_CHARACTERS:
            raise too_large("a line", _LINE_CHARACTERS, "characters")
        yield line


def _skip_preamble(text: io.TextIOBase) -> tuple[str, int]:
    """Return the line of the header, and how many came before it: `#TYPE …`, `sep=;`, blank ones."""
    for skipped in range(10):
        line = text.readline(_LINE_CHARACTERS).removeprefix("\ufeff")
        if line.strip() and not line.startswith("#TYPE") and not line.lower().startswith("sep="):
            return line, skipped
    return "", 10


def _best_header(line: str) -> tuple[Header, str] | None:
    best: tuple[Header, str] | None = None
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        header = header_of(cells)
        if header and (best is None or len(header.places) > len(best[0].places)):
            best = header, delimiter
    return best
