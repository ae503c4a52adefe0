"""Which kind of list a text is: by words that only one format has, else by the shape of most of its first lines.

Order matters where shapes overlap: `libssl3-3.0.11-r1` is a package of Alpine before it is one of RPM's, and a table's
header that names columns comes before a list of bare names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from seawall.remediation.inventories import apk, csv_table, dpkg, errors, requirements, rpm, winget_list
from seawall.remediation.inventories.interface import Document

Lines: TypeAlias = Sequence[str]

_SAMPLE: Final = 40
"""Lines that are looked at, blank ones not counted."""
_MOST: Final = 0.6
"""Part of them that must have a format's shape: there may be warnings and broken lines among them."""
_LONGEST: Final = 4096
"""Characters of a line that are looked at."""
_REQUIREMENTS_NAME: Final = re.compile(r"(requirements|constraints)[^/]*\.(txt|in)", re.IGNORECASE)
_STANZA: Final = re.compile(r"(Status|Version|Architecture): \S")
_RPM_COLUMNS: Final = re.compile(r"[^\t ]+(\t[^\t ]+){4}\t([^\t ]+\.rpm|\(none\))")
_DPKG_COLUMNS: Final = re.compile(
    r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?\t([0-9][^\t ]*)?(\t[a-z0-9-]+(\t[^\t ]*\t[^\t ]*(\t[^\t]*)?)?)?"
)
_REQUIREMENT_WORDS: Final = re.compile(r"[=<>!~]=|[<>@]|--hash=")
_OPTIONS: Final = ("#", "-e ", "-r ", "-c ", "--")


def detect_text(document: Document, head: str) -> str:
    """Return the id of a text's format.

    Args:
        document: For its name, which decides where content does not.
        head: Its beginning as text, not blank.

    Raises:
        InvalidInputError: It is text of another kind (`remediation.unknown-inventory`).
    """
    lines = [line[:_LONGEST].rstrip(" ") for line in head.splitlines() if line.strip()]
    for format_, has_words in _WORDS:
        if has_words(lines):
            return format_
    sample = lines[:_SAMPLE]
    for format_, fits in _SHAPES:
        if _most(sample, fits):
            return format_
    if csv_table.is_table(document.data):
        return "csv"
    for format_, fits in _LATE_SHAPES:
        if _most(sample, fits):
            return format_
    if document.name.lower().endswith((".csv", ".tsv")):
        return "csv"  # its reader says what is missing
    if _REQUIREMENTS_NAME.fullmatch(document.name):
        return "requirements"
    raise errors.unknown_format("text of another kind")


def _is_tag_value(lines: Lines) -> bool:
    return any(line.startswith("SPDXVersion:") for line in lines)


def _is_export_csv(lines: Lines) -> bool:
    return lines[0].startswith("#TYPE")


def _is_dpkg_table(lines: Lines) -> bool:
    return any(line.startswith(("+++-", "||/ ")) for line in lines[:10])


def _is_dpkg_status(lines: Lines) -> bool:
    return lines[0].startswith("Package: ") and any(_STANZA.match(line) for line in lines[:_SAMPLE])


def _is_apk_database(lines: Lines) -> bool:
    return lines[0][1:2] == ":" and any(line.startswith("P:") for line in lines[:_SAMPLE])


def _is_winget_list(lines: Lines) -> bool:
    """A header of words with blanks between them, and one unbroken line under it."""
    return any(
        winget_list.RULE.fullmatch(rule) and len(header.split()) >= winget_list.LEAST_COLUMNS
        for header, rule in pairwise(lines[:11])
    )


def _is_pip_list(lines: Lines) -> bool:
    return lines[0].split()[:2] == ["Package", "Version"] and lines[1:2] != [] and set(lines[1]) <= {"-", " "}


def _is_apk_line(line: str) -> object:
    return apk.LIST_LINE.fullmatch(line) or apk.INFO_LINE.fullmatch(line)


def _is_requirement(line: str) -> object:
    """A name with a bound or a place; a bare word alone is too little to tell."""
    text = " ".join(line.partition(" #")[0].removesuffix("\\").split())
    if text.startswith(_OPTIONS):
        return True
    return requirements.REQUIREMENT.fullmatch(text) and _REQUIREMENT_WORDS.search(text)


def _most(lines: Lines, fits: Callable[[str], object]) -> bool:
    return sum(1 for line in lines if fits(line)) >= max(1, _MOST * len(lines))


_WORDS: Final[tuple[tuple[str, Callable[[Lines], bool]], ...]] = (
    ("csv", _is_export_csv),
    ("dpkg-list", _is_dpkg_table),
    ("dpkg-status", _is_dpkg_status),
    ("apk-database", _is_apk_database),
    ("spdx-tag-value", _is_tag_value),
    ("requirements", _is_pip_list),
    ("winget-list", _is_winget_list),
)
_SHAPES: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("dpkg-list", dpkg.TABLE_LINE.fullmatch),
    ("apk-list", _is_apk_line),
    ("rpm", _RPM_COLUMNS.fullmatch),
    ("dpkg-query", _DPKG_COLUMNS.fullmatch),
)
_LATE_SHAPES: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("requirements", _is_requirement),
    ("rpm", rpm.NEVRA.fullmatch),
)
