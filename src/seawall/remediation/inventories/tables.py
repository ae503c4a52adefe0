"""Rows of a table to components and assets, whatever file the table stood in.

Columns are found by their names, in any order, case and spelling (`Product Name`, `product_name`); `COLUMNS` has them.
What cells say is text: a formula is never evaluated. Rows that cannot be read are named by their number, the header
being row 1 of a file that begins with it. Columns that mean nothing here are named in a note.

Two kinds of table are read: a list of assets (which machine runs what), and a list of the programs of one machine,
which has no asset column; in it `name` is the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Reading
from seawall.remediation.model import Asset

COLUMNS: Final = {
    "name": (
        *("name", "asset", "assetname", "hostname", "host", "device", "devicename", "computer", "computername"),
        *("system", "machine", "pscomputername", "assettag"),
    ),
    "vendor": ("vendor", "manufacturer", "publisher", "supplier", "make", "vendorname", "brand"),
    "product": ("product", "productname", "software", "softwarename", "application", "program", "model", "displayname"),
    "version": (
        *("version", "productversion", "softwareversion", "displayversion", "firmware", "firmwareversion"),
        *("installedversion", "release"),
    ),
    "exposure": ("exposure", "exposuretag", "exposed", "internetfacing", "publiclyexposed", "publicexposure"),
    "owner": ("owner", "assetowner", "responsible", "contact"),
    "environment": ("environment", "env", "stage"),
    "cpe": ("cpe", "cpe23", "cpename"),
    "purl": ("purl", "packageurl"),
}
"""What each column is called; the first name is the one to use, and wins over the others."""
TEMPLATE: Final = (
    "name,vendor,product,version,exposure,owner,environment,cpe,purl\r\n"
    "infusion-pump-07,Example Medical,InfuPump 3000,4.1.2,no,Biomedical engineering,production,,\r\n"
    "vpn-gateway,Example Networks,SecureGate,9.1.14,yes,IT,production,"
    "cpe:2.3:a:example:securegate:9.1.14:*:*:*:*:*:*:*,\r\n"
    "patient-portal,,,,yes,IT,production,,pkg:pypi/django@4.2.11\r\n"
)
"""An asset list to begin with."""
_EXPOSED: Final = {
    **dict.fromkeys(
        ("yes", "y", "true", "1", "x", "exposed", "public", "internet", "internet-facing", "external"), "yes"
    ),
    **dict.fromkeys(("no", "n", "false", "0", "internal", "private", "not exposed", "isolated", "air-gapped"), "no"),
    **dict.fromkeys(("", "unknown", "?", "n/a", "-", "tbd"), "unknown"),
}
_MEANINGS: Final = {name: column for column, names in COLUMNS.items() for name in names}
_SHOWN: Final = 12
"""Most names of columns, or numbers of rows, that a note shows."""


@dataclass(frozen=True, slots=True)
class Header:
    """Which cell of a row is what."""

    places: dict[str, int]
    """Field to index."""
    width: int
    ignored: tuple[str, ...]

    @property
    def lists_assets(self) -> bool:
        """Whether rows say on which asset a product is."""
        return "name" in self.places and not self.places.keys().isdisjoint({"product", "purl", "cpe"})

    def cell(self, row: Sequence[str], column: str) -> str:
        """Return a field of a row, without outer blanks; empty where the row ends before it."""
        place = self.places.get(column, len(row))
        return row[place].strip() if place < len(row) else ""


def header_of(cells: Sequence[str]) -> Header | None:
    """Read a row as header; None if it names neither a product nor a package, or no version.

    Raises:
        InvalidInputError: Two columns have one name (`remediation.duplicate-column`).
    """
    words = [_word(cell) for cell in cells]
    places: dict[str, int] = {}
    for index, word in enumerate(words):
        column = _MEANINGS.get(word)
        if column is None:
            continue
        if word in words[:index]:
            raise errors.duplicate_column(cells[index].strip())
        known = places.get(column)
        if known is None or COLUMNS[column].index(word) < COLUMNS[column].index(words[known]):
            places[column] = index
    if places.keys().isdisjoint({"name", "product", "purl", "cpe"}):
        return None
    if places.keys().isdisjoint({"version", "purl", "cpe"}):
        return None
    used = set(places.values())
    ignored = tuple(cell.strip() for index, cell in enumerate(cells) if index not in used and cell.strip())
    return Header(places, len(cells), ignored)


def read_rows(
    header: Header, rows: Iterable[tuple[int, Sequence[str]]], reading: Reading, *, place: str = "row"
) -> None:
    """Keep what numbered rows name; each is referred to as its place and number."""
    if header.ignored:
        names = ", ".join(name[:40] for name in header.ignored[:_SHOWN])
        reading.note(f"columns that were not read: {names}{' …' if len(header.ignored) > _SHOWN else ''}")
    rest = _Rest()
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[header.width :]):
            reading.refuse(f"{place} {number}", f"it has {len(row)} cells, the header has {header.width}: shifted?")
            continue
        _read_row(header, number, row, f"{place} {number}", reading, rest)
    if rest.misunderstood:
        shown = ", ".join(map(str, rest.misunderstood[:_SHOWN])) + (" …" if len(rest.misunderstood) > _SHOWN else "")
        reading.note(
            f"rows whose exposure is neither yes nor no, counted as unknown: {len(rest.misunderstood):,} "
            f"({place} {shown})"
        )
    if rest.nameless:
        reading.note(f"rows left out, as they name neither a product nor a version: {rest.nameless:,}")


@dataclass(slots=True)
class _Rest:
    """What is stated once for all rows."""

    misunderstood: list[int] = field(default_factory=list)
    nameless: int = 0


def _read_row(header: Header, number: int, row: Sequence[str], ref: str, reading: Reading, rest: _Rest) -> None:
    vendor, version, cpe, purl = (header.cell(row, name) for name in ("vendor", "version", "cpe", "purl"))
    asset = header.cell(row, "name") if header.lists_assets else ""
    product = header.cell(row, "product" if header.lists_assets or "product" in header.places else "name")
    if asset:
        said = header.cell(row, "exposure").casefold()
        if said not in _EXPOSED:
            rest.misunderstood.append(number)
        exposed = _EXPOSED.get(said, "unknown")
        reading.asset(Asset(asset, exposed, header.cell(row, "owner"), header.cell(row, "environment")))
    if purl:
        reading.package(purl, ref, version, cpe=cpe, asset=asset)
    elif product or cpe:
        reading.product(product, version, ref, vendor=vendor, cpe=cpe, asset=asset)
    elif asset or version or vendor:
        reading.refuse(ref, f"it names no product{f' on {asset[:80]}' if asset else ''}", asset)
    else:
        rest.nameless += 1


def _word(cell: str) -> str:
    return re.sub(r"[\W_]+", "", cell.casefold().removeprefix("\ufeff"))
