"""Packages of Alpine Linux and its like: `apk info -v`, `apk list -I`, and `/lib/apk/db/installed`.

Best is `apk list -I`, which names the architecture and the origin: advisories are about the origin (the source
package).
Source: apk-list(8), and the Alpine wiki's "Apk spec".
"""

from __future__ import annotations

import re
from typing import Final

from seawall.remediation.inventories.distro import check_distro, linux_purl
from seawall.remediation.inventories.interface import NO_DISTRO, Document, Reading
from seawall.remediation.inventories.text_lines import lines_of

_PACKAGE: Final = r"(\S+)-(\d[^\s-]*-r\d+)"
INFO_LINE: Final = re.compile(rf"{_PACKAGE}(?:\s+-\s.*)?")
LIST_LINE: Final = re.compile(rf"{_PACKAGE}\s+(\S+)\s+\{{([^}}]*)\}}\s+\(.*\)(?:\s+\[([^\]]*)\].*)?")
_CHATTER: Final = ("WARNING:", "fetch ", "OK:")
_NO_ORIGIN: Final = (
    "the list does not name origins (source packages), which advisories are about: packages whose origin has another "
    "name are not found; use apk list -I"
)


def read(document: Document, reading: Reading) -> str:
    """Read the list that a command printed.

    Raises:
        InvalidInputError: It is not text, or from another kind of distribution (`remediation.wrong-distro`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    check_distro(reading.distro, "apk")
    origins = False
    others = 0
    for number, line in lines_of(document, reading, "apk's list"):
        text = line.strip()
        if not text or text.startswith(_CHATTER):
            continue
        if listed := LIST_LINE.fullmatch(text):
            if "installed" not in (listed[5] or "installed"):
                others += 1
                continue
            origins = True
            _keep(reading, listed[1], listed[2], listed[3], listed[4])
        elif found := INFO_LINE.fullmatch(text):
            _keep(reading, found[1], found[2], "", "")
        else:
            reading.refuse(f"line {number}", f"it is no package with a version: {text[:100]!r}")
    if others:
        reading.note(f"packages left out, as they are available and not installed: {others:,}")
    _close(reading, origins=origins)
    return "apk list" if origins else "apk info"


def read_database(document: Document, reading: Reading) -> str:
    """Read apk's own database, `/lib/apk/db/installed`.

    Raises:
        InvalidInputError: It is not text, or from another kind of distribution (`remediation.wrong-distro`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    check_distro(reading.distro, "apk")
    fields: dict[str, str] = {}

    def close_stanza() -> None:
        if not fields:
            return
        if "P" in fields:
            _keep(reading, fields["P"], fields.get("V", ""), fields.get("A", ""), fields.get("o", ""))
        else:
            reading.refuse("a stanza", "it names no package")
        fields.clear()

    for _, line in lines_of(document, reading, "apk's database"):
        if not line.strip():
            close_stanza()
        elif line[1:2] == ":" and line[0] in "PVAo":
            fields.setdefault(line[0], line[2:].strip())
    close_stanza()
    _close(reading, origins=True)
    return "apk database"


def _keep(reading: Reading, name: str, version: str, arch: str, origin: str) -> None:
    upstream = origin if origin != name else ""
    purl = linux_purl("apk", reading.distro, name, version, arch=arch, upstream=upstream)
    reading.parsed(purl, f"{name}-{version}")


def _close(reading: Reading, *, origins: bool) -> None:
    if not origins:
        reading.note(_NO_ORIGIN)
    if reading.distro is None:
        reading.note(NO_DISTRO)
