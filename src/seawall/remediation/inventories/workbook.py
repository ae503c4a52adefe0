"""An XLSX workbook as sheets of rows, read as a stream (ECMA-376 parts 1 and 2).

Memory grows with the shared strings and one row, never with the grid: a cell at the far corner of a sheet costs
nothing. What members inflate to is bounded by their sizes in the directory, and again while they are read. Formulas are
not evaluated: a cell is what the program that saved it had computed. XML is read without document types and entities.

Written here, as the well-kept readers build a dense grid from the outermost cells (ADR 0013).
Left out on purpose: writing, merged cells, number formats except "this is a date", charts, macros, encryption.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Final

from seawall.kernel.limits import KIB, MIB, Limits
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.xml_events import CHUNK, ElementReader

TITLE: Final = "XLSX"
INFLATED_BYTES: Final = 256 * MIB
"""Most that all members together may inflate to."""
DIRECTORY_BYTES: Final = 256 * KIB
"""Largest directory: some thousands of members."""
COLUMNS: Final = 512
"""Most columns of a sheet; ECMA-376 allows 16,384, a list of assets needs ten."""
_END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x07"
_END_BYTES: Final = 22 + 65535
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Built-in number formats that show dates or times, ECMA-376 part 1, 18.8.30."""
_NO_LETTERS: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


@dataclass(slots=True)
class Row:
    """One row that has cells."""

    number: int
    """As the spreadsheet shows it, from 1."""
    cells: list[str] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    """Places of cells that are numbers, not text."""
    dates: set[int] = field(default_factory=set)
    """Places of cells that are dates."""


class Workbook:
    """Opens a workbook and yields its rows.

    Args:
        data: The file.
        limits: Bounds on bytes (before and after inflating), depth, characters of a text, rows.

    Raises:
        InvalidInputError: It is no zip file or no workbook (`remediation.unreadable-inventory`), or of a kind that
            is not read (`remediation.unsupported-inventory`).
        LimitExceededError: It inflates to too much (`remediation.too-large`).
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._limits = limits
        self._budget = min(limits.bytes, INFLATED_BYTES)
        _check_directory(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise errors.unreadable(TITLE, str(error)) from None
        names = set(self._zip.namelist())
        _check_kind(names)
        if sum(member.file_size for member in self._zip.infolist()) > self._budget:
            raise too_large("the inflated workbook", self._budget, "bytes")
        relations = self._relations("xl/_rels/workbook.xml.rels") if "xl/_rels/workbook.xml.rels" in names else {}
        self.sheets: list[tuple[str, str]] = [
            (name, relations[relation]) for name, relation in self._sheet_names() if relations.get(relation) in names
        ]
        """Name and member of each sheet, in order."""
        self._strings = self._shared_strings() if "xl/sharedStrings.xml" in names else []
        self._dates = self._date_styles() if "xl/styles.xml" in names else []

    def rows(self, member: str) -> Iterator[Row]:
        """Yield the rows of a sheet that have cells.

        Raises:
            InvalidInputError: It is damaged (`remediation.unreadable-inventory`).
            LimitExceededError: It has too many rows or columns, or inflates to too much (`remediation.too-large`).
        """
        sheet = _Sheet(self._strings, self._dates)
        count = 0
        for _ in ElementReader(TITLE, sheet.start, sheet.end, self._limits).steps(self._read(member)):
            for row in sheet.rows:
                count += 1
                if count > self._limits.items:
                    raise too_large("the number of rows", self._limits.items, "rows")
                yield row
            sheet.rows.clear()

    def _read(self, member: str) -> Iterator[bytes]:
        """Inflate a member piece by piece; what is longer than its directory says ends in an error."""
        try:
            with self._zip.open(member) as file:
                while chunk := file.read(CHUNK):
                    self._budget -= len(chunk)
                    if self._budget < 0:
                        raise too_large("the inflated workbook", min(self._limits.bytes, INFLATED_BYTES), "bytes")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
            raise errors.unreadable(TITLE, f"{member[:60]}: {error}") from None

    def _relations(self, member: str) -> dict[str, str]:
        found: dict[str, str] = {}

        def start(_namespace: str, name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                found[attributes.get("Id", "")] = target.lstrip("/") if target[:1] == "/" else normpath(f"xl/{target}")

        ElementReader(TITLE, start, _nothing, self._limits).feed(self._read(member))
        return found

    def _sheet_names(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []

        def start(_namespace: str, name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
                found.append((attributes.get("name", ""), relation))

        ElementReader(TITLE, start, _nothing, self._limits).feed(self._read("xl/workbook.xml"))
        return found

    def _shared_strings(self) -> list[str]:
        strings: list[str] = []
        parts: list[str] = []
        phonetic = [0]

        def start(_namespace: str, name: str, _attributes: dict[str, str]) -> None:
            phonetic[0] += name == "rPh"

        def end(name: str, text: str) -> None:
            if name == "t" and not phonetic[0]:
                parts.append(text)
            elif name == "rPh":
                phonetic[0] -= 1
            elif name == "si":
                strings.append("".join(parts))
                parts.clear()

        ElementReader(TITLE, start, end, self._limits).feed(self._read("xl/sharedStrings.xml"))
        return strings

    def _date_styles(self) -> list[bool]:
        """For each cell style, whether it shows a date."""
        custom: dict[str, bool] = {}
        styles: list[bool] = []
        inside = [False]

        def start(_namespace: str, name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                code = _NO_LETTERS.sub("", attributes.get("formatCode", "")[:255]).lower()
                custom[attributes.get("numFmtId", "")] = any(letter in code for letter in "ymdh")
            elif name == "cellXfs":
                inside[0] = True
            elif name == "xf" and inside[0]:
                number = attributes.get("numFmtId", "0")
                styles.append(custom.get(number, number.isdecimal() and int(number[:6]) in _DATE_FORMATS))

        def end(name: str, _text: str) -> None:
            if name == "cellXfs":
                inside[0] = False

        ElementReader(TITLE, start, end, self._limits).feed(self._read("xl/styles.xml"))
        return styles


class _Sheet:
    """Collects rows from the elements of one sheet."""

    def __init__(self, strings: list[str], dates: list[bool]) -> None:
        self._strings = strings
        self._dates = dates
        self._row: Row | None = None
        self._number = 0
        self._place = -1
        self._kind = ""
        self._style = ""
        self._value: list[str] = []
        self.rows: list[Row] = []

    def start(self, _namespace: str, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            given = attributes.get("r", "")
            self._number = int(given[:9]) if given.isascii() and given.isdecimal() else self._number + 1
            self._row = Row(self._number)
            self._place = -1
        elif name == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._place = _column(found[1]) if found else self._place + 1
            if self._place >= COLUMNS:
                raise too_large("the number of columns", COLUMNS, "columns")
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._value.clear()

    def end(self, name: str, text: str) -> None:
        if name in {"v", "t"}:
            self._value.append(text)
        elif name == "c" and self._row is not None and self._value:
            self._keep(self._row, "".join(self._value))
        elif name == "row" and self._row is not None:
            if self._row.cells:
                self.rows.append(self._row)
            self._row = None

    def _keep(self, row: Row, value: str) -> None:
        if self._kind == "s":
            index = int(value[:9]) if value.isascii() and value.isdecimal() else -1
            if not 0 <= index < len(self._strings):
                raise errors.unreadable(TITLE, f"row {row.number} refers to a text that is not there")
            value = self._strings[index]
        elif self._kind == "n":
            value = _number(value)
            style = int(self._style[:6]) if self._style.isascii() and self._style.isdecimal() else 0
            if style < len(self._dates) and self._dates[style]:
                row.dates.add(self._place)
            else:
                row.numbers.add(self._place)
        elif self._kind == "b":
            value = "true" if value == "1" else "false"
        elif self._kind == "d":
            row.dates.add(self._place)
        row.cells += [""] * (self._place + 1 - len(row.cells))
        row.cells[self._place] = value


def _number(text: str) -> str:
    """Write a number as a spreadsheet shows it: fifteen digits, so that 4.0999999999999996 is 4.1 again."""
    try:
        return f"{float(text[:64]):.15g}"
    except ValueError:
        return text


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _check_directory(data: bytes) -> None:
    """Refuse a directory that is too large before it is read: each member costs memory."""
    end = data.rfind(_END, max(0, len(data) - _END_BYTES))
    if end < 0 or len(data) < end + 22:
        raise errors.unreadable(TITLE, "its directory is missing: it is cut off")
    if int.from_bytes(data[end + 12 : end + 16], "little") > DIRECTORY_BYTES or data[end - 20 : end - 16] == _END64:
        raise too_large("the workbook's directory", DIRECTORY_BYTES, "bytes")


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise errors.unsupported_kind("a binary workbook (XLSB)", "Save it as XLSX or CSV.")
    if "content.xml" in names and "mimetype" in names:
        raise errors.unsupported_kind("an OpenDocument file", "Save it as XLSX or CSV.")
    raise errors.unknown_format("a zip file without a workbook in it")


def _nothing(_name: str, _text: str) -> None:
    """Pass over the end of an element."""
