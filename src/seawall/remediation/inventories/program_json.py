"""Program lists of Windows as JSON: PowerShell's `ConvertTo-Json`, and `winget export`.

PowerShell gives one object or a list of them, with `DisplayName`, `DisplayVersion` and `Publisher` (`Name`, `Version`,
`Vendor` elsewhere). `winget export --include-versions` gives identifiers such as `Mozilla.Firefox`: publisher, point,
product.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.json_text import decode, decode_list, utf8_of
from seawall.remediation.inventories.tables import header_of, read_rows

_POWERSHELL: Final = "a list of programs in JSON"
_WINGET: Final = "winget export"
_ROW: Final = msgspec.json.Decoder(dict[str, Any])


class _Package(msgspec.Struct):
    id: str = msgspec.field(name="PackageIdentifier")
    version: str = msgspec.field(default="", name="Version")


class _Source(msgspec.Struct):
    packages: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"[]"), name="Packages")


class _Export(msgspec.Struct):
    sources: list[_Source] = msgspec.field(name="Sources")


_EXPORT: Final = msgspec.json.Decoder(_Export)
_PACKAGE: Final = msgspec.json.Decoder(_Package)


def read_objects(document: Document, reading: Reading) -> str:
    """Read PowerShell's objects.

    Raises:
        InvalidInputError: It is no JSON, no list of objects (`remediation.unreadable-inventory`), or none of them names
            a program (`remediation.no-header`).
        LimitExceededError: It nests too deep or has too many (`remediation.too-large`).
    """
    text = utf8_of(document.data).strip()
    raws = [msgspec.Raw(text)] if text.startswith(b"{") else decode_list(text, _POWERSHELL, reading.limits)
    rows: list[tuple[int, dict[str, str]]] = []
    names: dict[str, None] = {}
    for number, raw in enumerate(raws, start=1):
        try:
            given = decode(_ROW, raw, _POWERSHELL, reading.limits)
        except msgspec.ValidationError as error:
            reading.refuse(f"row {number}", str(error))
            continue
        row = {
            key: value if isinstance(value, str) else str(value) for key, value in given.items() if value is not None
        }
        names |= dict.fromkeys(row)
        rows.append((number, row))
    header = header_of(list(names))
    if header is None:
        raise errors.no_header(", ".join(names))
    read_rows(header, ((number, [row.get(name, "") for name in names]) for number, row in rows), reading)
    return "program list (JSON)"


def read_winget(document: Document, reading: Reading) -> str:
    """Read what `winget export` wrote.

    Raises:
        InvalidInputError: It is no JSON or of another shape (`remediation.unreadable-inventory`).
        LimitExceededError: It nests too deep or has too many packages (`remediation.too-large`).
    """
    try:
        export = decode(_EXPORT, utf8_of(document.data), _WINGET, reading.limits)
    except msgspec.ValidationError as error:
        raise errors.unreadable(_WINGET, str(error)) from None
    for source in export.sources:
        for number, raw in enumerate(decode_list(source.packages, _WINGET, reading.limits), start=1):
            try:
                package = _PACKAGE.decode(raw)
            except (msgspec.ValidationError, UnicodeDecodeError) as error:
                reading.refuse(f"package {number}", str(error))
                continue
            vendor, name = split_winget_id(package.id)
            reading.product(name, package.version, package.id, vendor=vendor)
    return "winget export"


def split_winget_id(identifier: str) -> tuple[str, str]:
    """Return publisher and product of `Publisher.Product.Edition`; no publisher where there is no point.

    Points of the product become blanks.
    """
    vendor, point, name = identifier.partition(".")
    return (vendor, name.replace(".", " ")) if point else ("", identifier)
