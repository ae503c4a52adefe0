r"""Packages of Debian, Ubuntu and their like: `dpkg-query -W`, `dpkg -l`, and `/var/lib/dpkg/status`.

Best is `dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'`, with
a sixth column `${db:Status-Abbrev}` if wanted: advisories are about source packages, which the default output does not
name. What is removed and left only its configuration behind is counted and left out. Sources: dpkg-query(1),
deb-control(5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from seawall.remediation.inventories.distro import check_distro, linux_purl, upstream_of
from seawall.remediation.inventories.interface import NO_DISTRO, Document, Reading
from seawall.remediation.inventories.text_lines import lines_of

TABLE_LINE: Final = re.compile(r"([uirph])([ncHUFWti])([ R])\s+(\S+)\s+(\S+)(?:\s+(\S+)(?:\s.*)?)?")
_STATUS: Final = re.compile(r"[uirph]([ncHUFWti])[ R]?")
_SOURCE: Final = re.compile(r"(\S+)(?:\s+\((\S+)\))?")
_NARROW: Final = 80
"""Width in columns at which an old `dpkg -l` cuts names off when it writes to no terminal."""
_COLUMNS: Final = frozenset({2, 3, 5, 6})
_NO_SOURCE: Final = (
    "the list does not name source packages, which advisories are about: packages whose source has another name are "
    "not found; docs/inventories.md has the command that names them"
)


class _Packages:
    def __init__(self, reading: Reading) -> None:
        check_distro(reading.distro, "deb")
        self._reading = reading
        self._removed = 0
        self._sources = False

    def add(self, name: str, version: str, arch: str, source: str = "", source_version: str = "") -> None:
        name, _, suffix = name.partition(":")
        arch = arch or suffix
        self._sources = self._sources or bool(source)
        purl = linux_purl(
            "deb",
            self._reading.distro,
            name,
            version,
            arch=arch,
            upstream=upstream_of(name, version, source, source_version),
        )
        self._reading.parsed(purl, f"{name}:{arch}" if arch else name)

    def removed(self) -> None:
        self._removed += 1

    def close(self, *, always_sources: bool = False) -> None:
        if self._removed:
            self._reading.note(f"packages left out, as only their configuration is still there: {self._removed:,}")
        if not (self._sources or always_sources):
            self._reading.note(_NO_SOURCE)
        if self._reading.distro is None:
            self._reading.note(NO_DISTRO)


def read_query(document: Document, reading: Reading) -> str:
    """Read the output of `dpkg-query -W`, default or with columns parted by tabs.

    Raises:
        InvalidInputError: It is not text, or from another kind of distribution (`remediation.wrong-distro`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    packages = _Packages(reading)
    for number, line in lines_of(document, reading, "dpkg-query's list"):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) not in _COLUMNS or not cells[0] or " " in cells[0]:
            reading.refuse(f"line {number}", f"it is no package with a version: {line[:100]!r}")
            continue
        status = _STATUS.fullmatch(cells[5]) if len(cells) == 6 else None  # noqa: PLR2004 - the sixth column
        if status and status[1] in "nc":
            packages.removed()
            continue
        arch, source, source_version = (*cells[2:5], "", "", "")[:3]
        packages.add(cells[0], cells[1], arch, source, source_version)
    packages.close()
    return "dpkg-query"


def read_table(document: Document, reading: Reading) -> str:
    """Read the output of `dpkg -l`.

    Raises:
        InvalidInputError: It is not text, or from another kind of distribution (`remediation.wrong-distro`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    packages = _Packages(reading)
    width = 0
    in_table = False
    for number, line in lines_of(document, reading, "dpkg's list"):
        if line.startswith("+++-"):
            in_table = True
            width = len(line.split("-", 2)[1]) if len(line.rstrip()) <= _NARROW else 0
            continue
        found = TABLE_LINE.fullmatch(line)
        if found is None:
            if in_table and line.strip():
                reading.refuse(f"line {number}", f"it is no package with a version: {line[:100]!r}")
            continue
        in_table = True
        name, version = found[4], found[5]
        if found[2] in "nc":
            packages.removed()
        elif width and len(name) >= width:
            reading.refuse(name, "its name may be cut off: the list was made 80 columns wide; use dpkg-query -W")
        else:
            packages.add(name, version, found[6] or "")
    packages.close()
    return "dpkg -l"


def read_status(document: Document, reading: Reading) -> str:
    """Read dpkg's own database, `/var/lib/dpkg/status`.

    Raises:
        InvalidInputError: It is not text, or from another kind of distribution (`remediation.wrong-distro`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    packages = _Packages(reading)
    fields: dict[str, str] = {}
    for _, line in lines_of(document, reading, "dpkg's status file"):
        if not line.strip():
            _close_stanza(fields, packages, reading.refuse)
            fields = {}
        elif not line[0].isspace():
            key, _, value = line.partition(":")
            if key in {"Package", "Status", "Version", "Architecture", "Source"}:
                fields.setdefault(key, value.strip())
    _close_stanza(fields, packages, reading.refuse)
    packages.close(always_sources=True)
    return "dpkg status"


def _close_stanza(fields: dict[str, str], packages: _Packages, refuse: Callable[[str, str], None]) -> None:
    if not fields:
        return
    name = fields.get("Package", "")
    state = fields.get("Status", "").split()[-1:]
    if not name:
        refuse("a stanza", "it names no package")
    elif state in (["config-files"], ["not-installed"]):
        packages.removed()
    else:
        source = _SOURCE.fullmatch(fields.get("Source", ""))
        packages.add(
            name,
            fields.get("Version", ""),
            fields.get("Architecture", ""),
            (source[1] or "") if source else "",
            (source[2] or "") if source else "",
        )
