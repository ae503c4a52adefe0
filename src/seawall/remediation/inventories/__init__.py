"""What is installed, from whatever file an operator has: SBOMs, package lists, asset lists.

`read_inventory` and `parse_inventory` tell the format by the content. A format is one module with a `read` function
(`interface.py`) and one line in `FORMATS`; modules are imported on first use, so that reading one format costs nothing
for the others.

Invariants: nothing of a document is executed, evaluated, fetched or resolved; every reader has limits; a component that
cannot be read stands in `Inventory.unreadable` with the reason, and what was counted or guessed stands in
`Inventory.notes`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import IO, Final, cast

from seawall.kernel.limits import DEFAULT_LIMITS, MIB, Limits
from seawall.remediation.errors import too_large, unopened
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.detect import detect
from seawall.remediation.inventories.distro import parse_distro
from seawall.remediation.inventories.interface import Document, Format, Reader, Reading
from seawall.remediation.model import Inventory

__all__ = ["FORMATS", "Format", "parse_inventory", "read_inventory"]

_HERE: Final = "seawall.remediation.inventories"
FORMATS: Final = (
    Format("cyclonedx-json", "CycloneDX JSON 1.2 to 1.7", "cyclonedx_json"),
    Format("cyclonedx-xml", "CycloneDX XML 1.2 to 1.7", "cyclonedx_xml"),
    Format("spdx-json", "SPDX JSON 2.2 and 2.3", "spdx_json"),
    Format("spdx-tag-value", "SPDX tag-value 2.2 and 2.3", "spdx_tag_value"),
    Format("spdx3-json", "SPDX JSON-LD 3.0", "spdx3"),
    Format("requirements", "pip freeze, pip list, requirements.txt", "requirements"),
    Format("npm-lock", "package-lock.json, lockfile version 1 to 3", "npm_lock"),
    Format("dpkg-query", "dpkg-query -W", "dpkg", "read_query"),
    Format("dpkg-list", "dpkg -l", "dpkg", "read_table"),
    Format("dpkg-status", "/var/lib/dpkg/status", "dpkg", "read_status"),
    Format("rpm", "rpm -qa", "rpm"),
    Format("apk-list", "apk list -I, apk info -v", "apk"),
    Format("apk-database", "/lib/apk/db/installed", "apk", "read_database"),
    Format("csv", "asset list or program list as CSV", "csv_table"),
    Format("xlsx", "asset list or program list as XLSX", "xlsx_table"),
    Format("program-json", "PowerShell's installed programs as JSON", "program_json", "read_objects"),
    Format("winget-export", "winget export", "program_json", "read_winget"),
    Format("winget-list", "winget list", "winget_list"),
)
"""Every format that can be read."""
_CHUNK: Final = MIB


def read_inventory(
    source: Path | str | IO[bytes],
    limits: Limits = DEFAULT_LIMITS,
    *,
    distro: str = "",
    name: str = "",
    format_id: str = "",
) -> Inventory:
    """Read an inventory from a file or a stream.

    A file beyond the limit is refused by its size, and a stream when it has given too much.

    Args:
        source: Path, or a binary stream, for example standard input; a stream is left open.
        limits: Bounds in bytes, levels of nesting, characters of a text, and components.
        distro: Where the packages of a list are installed, for example `debian-12`: `ID` and `VERSION_ID` of
            os-release(5).
        name: File name for a stream; what to call the inventory if it does not say what it is about.
        format_id: One of `FORMATS`; empty: told by the content.

    Raises:
        UnavailableError: It cannot be opened (`remediation.unopened`).
        InvalidInputError: As for `parse_inventory`.
        LimitExceededError: As for `parse_inventory`.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_size > limits.bytes:
                    raise too_large("the inventory", limits.bytes, "bytes")
                document = _read_bounded(file, limits)
        except OSError as error:
            raise unopened(str(path), error.strerror or "") from None
        name = name or path.name
    else:
        try:
            document = _read_bounded(source, limits)
        except OSError as error:
            raise unopened(name or "the stream", error.strerror or "") from None
    return parse_inventory(document, limits, distro=distro, name=name, format_id=format_id)


def parse_inventory(
    document: bytes,
    limits: Limits = DEFAULT_LIMITS,
    *,
    distro: str = "",
    name: str = "",
    format_id: str = "",
) -> Inventory:
    """Read an inventory from bytes.

    Args:
        document: The file's bytes.
        limits: Bounds in bytes, levels of nesting, characters of a text, and components.
        distro: As for `read_inventory`.
        name: As for `read_inventory`.
        format_id: As for `read_inventory`.

    Raises:
        InvalidInputError: No inventory that is known (`remediation.unknown-inventory`), damaged or cut off
            (`remediation.unreadable-inventory`), in a version or form that is not read
            (`remediation.unsupported-inventory`), encrypted (`remediation.encrypted-inventory`), XML with entities
            (`remediation.hostile-xml`), a table without a header (`remediation.no-header`) or with two columns of one
            name (`remediation.duplicate-column`); a distribution that is not written as `id-version`
            (`remediation.unknown-distro`) or has no such packages (`remediation.wrong-distro`); no such format
            (`remediation.unknown-format`).
        LimitExceededError: It is too large, too deep, or has too many components (`remediation.too-large`).
    """
    if len(document) > limits.bytes:
        raise too_large("the inventory", limits.bytes, "bytes")
    reading = Reading(limits, parse_distro(distro) if distro else None)
    given = Document(document, name or "inventory")
    format_ = _format(format_id or detect(given, limits))
    read = cast("Reader", getattr(import_module(f"{_HERE}.{format_.module}"), format_.function))
    return reading.inventory(given, read(given, reading))


def _format(format_id: str) -> Format:
    for format_ in FORMATS:
        if format_.id == format_id:
            return format_
    raise errors.unknown_reader(format_id, ", ".join(format_.id for format_ in FORMATS))


def _read_bounded(stream: IO[bytes], limits: Limits) -> bytes:
    """Read to the end, or until there is more than the limit."""
    chunks: list[bytes] = []
    total = 0
    while chunk := stream.read(_CHUNK):
        total += len(chunk)
        if total > limits.bytes:
            raise too_large("the inventory", limits.bytes, "bytes")
        chunks.append(chunk)
    return b"".join(chunks)
