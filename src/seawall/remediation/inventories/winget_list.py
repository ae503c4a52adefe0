"""What `winget list` prints: columns of blanks under a header, cut off with `…` where they are too long.

Columns are told by where the words of the header begin, not by the words, which are in the user's language: name, id,
version, and perhaps more. A name that is cut off is replaced by the id; a version that is cut off, unknown or only a
bound is named with the reason. `winget export` is better. Left out on purpose: characters that are two columns wide.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import NO_VERSION, Document, Reading
from seawall.remediation.inventories.program_json import split_winget_id
from seawall.remediation.inventories.text_lines import lines_of

_TITLE: Final = "winget list"
RULE: Final = re.compile(r"-{20,}\s*")
_WORD: Final = re.compile(r"\S+")
_CUT: Final = "…"
LEAST_COLUMNS: Final = 3
_FOREIGN: Final = ("ARP\\", "MSIX\\")
"""What winget puts before an id that is not from one of its sources."""


def read(document: Document, reading: Reading) -> str:
    """Read the table.

    Raises:
        InvalidInputError: No header is found (`remediation.unreadable-inventory`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    starts: list[int] = []
    before = ""
    for number, raw in lines_of(document, reading, _TITLE):
        line = raw.rpartition("\r")[2]  # progress indicators are overwritten with carriage returns
        if not starts:
            if RULE.fullmatch(line):
                starts = [word.start() for word in _WORD.finditer(before)]
                if len(starts) < LEAST_COLUMNS:
                    raise errors.unreadable(_TITLE, "its header has fewer than three columns")
            before = line
        elif line.strip():
            _read_row(number, line, starts, reading)
    if not starts:
        raise errors.unreadable(_TITLE, "it has no header with a line under it")
    return _TITLE


def _read_row(number: int, line: str, starts: list[int], reading: Reading) -> None:
    ends = [*starts[1:], len(line)]
    name, identifier, version = (
        line[start:end].strip() for start, end in list(zip(starts, ends, strict=True))[:LEAST_COLUMNS]
    )
    if not (name and version):
        reading.refuse(f"line {number}", f"it is no program with a version: {line[:100]!r}")
        return
    foreign = identifier.startswith(_FOREIGN)
    vendor, product = ("", name) if foreign or _CUT in identifier else split_winget_id(identifier)
    label = name if foreign else identifier
    if _CUT in version or version[0] in "<>" or version.lower() == "unknown":
        reading.refuse(label, f"{NO_VERSION} that is certain: {version}")
    elif _CUT in name and (foreign or _CUT in identifier):
        reading.refuse(label, "its name is cut off; use winget export")
    else:
        reading.product(product if _CUT in name else name, version, label, vendor=vendor)
