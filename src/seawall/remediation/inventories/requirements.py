"""`pip freeze`, pinned requirements files, and `pip list` in columns.

Only `name==version` says what is installed. A range, a URL, an editable install or another file that is included is
named with the reason. Sources: PEP 508, PEP 440, pip's "Requirements File Format". Left out on purpose: evaluating
environment markers (a marked line counts: the file does not say on which machine it was used), following `-r` and `-c`,
fetching anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from seawall.remediation.inventories.interface import NO_VERSION, Document, Reading
from seawall.remediation.inventories.text_lines import lines_of

_TITLE: Final = "a requirements list"
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
REQUIREMENT: Final = re.compile(rf"({_NAME})\s*(?:\[[^\]]*\])?\s*(\(?\s*(?:[=<>!~]=?=?|@|;|$).*|$)")
_PINNED: Final = re.compile(r"\(?\s*={2,3}\s*([^\s;,#*)]+)\s*\)?\s*(?:;.*|--hash.*|$)")
_LISTED: Final = re.compile(rf"({_NAME})\s+([0-9][A-Za-z0-9.!+_-]*)(?:\s+\S.*)?")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_INCLUDES: Final = ("-r", "--requirement", "-c", "--constraint")
_EDITABLE: Final = ("-e", "--editable")


def read(document: Document, reading: Reading) -> str:
    """Read the list.

    Raises:
        InvalidInputError: It is not text (`remediation.unreadable-inventory`).
        LimitExceededError: A line is too long, or there are too many (`remediation.too-large`).
    """
    in_columns = False
    for number, line in _logical_lines(document, reading):
        if line.split() == ["Package", "Version"] or line.split()[:3] == ["Package", "Version", "Editable"]:
            in_columns = True
        elif in_columns:
            _read_column(number, line, reading)
        else:
            _read_requirement(number, line, reading)
    return "pip list" if in_columns else "pip requirements"


def _read_requirement(number: int, line: str, reading: Reading) -> None:
    if line.startswith("-"):
        option = line.split(None, 1)[0].partition("=")[0]
        if option in _INCLUDES:
            reading.refuse(f"line {number}", f"it names another file, which is not followed: {line[:100]}")
        elif option in _EDITABLE:
            reading.refuse(f"line {number}", f"{NO_VERSION}: an editable install, {line[:100]}")
        return
    found = REQUIREMENT.fullmatch(line)
    if found is None:
        reading.refuse(f"line {number}", f"it is no requirement: {line[:100]!r}")
        return
    name, rest = found[1], found[2]
    pinned = _PINNED.fullmatch(rest)
    if pinned:
        reading.registered("PyPI", name, pinned[1], f"{name}=={pinned[1]}")
    elif rest.startswith("@"):
        reading.refuse(name, f"{NO_VERSION}, but a place: {rest[1:].strip()[:100]}")
    else:
        reading.refuse(name, f"{NO_VERSION}{', but a range: ' + rest[:80] if rest.strip() else ''}")


def _read_column(number: int, line: str, reading: Reading) -> None:
    if not line.strip("- "):
        return
    found = _LISTED.fullmatch(line)
    if found:
        reading.registered("PyPI", found[1], found[2], f"{found[1]}=={found[2]}")
    else:
        reading.refuse(f"line {number}", f"it is no package with a version: {line[:100]!r}")


def _logical_lines(document: Document, reading: Reading) -> Iterator[tuple[int, str]]:
    """Join lines that end in a backslash, drop comments and empty lines."""
    pending = ""
    began = 0
    for number, line in lines_of(document, reading, _TITLE):
        began = began or number
        pending += line.removesuffix("\\") if line.endswith("\\") else line
        if line.endswith("\\") and len(pending) <= reading.limits.string_bytes:
            continue
        if text := _tidy(pending):
            yield began, text
        pending, began = "", 0
    if text := _tidy(pending):
        yield began, text


def _tidy(line: str) -> str:
    """Drop the comment, and let each white space be one blank, so that no pattern has two ways to match it."""
    return " ".join(_COMMENT.sub("", line).split())
