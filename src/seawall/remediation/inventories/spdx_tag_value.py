"""SPDX tag-value, versions 2.2 and 2.3, line by line.

A line is `Tag: value`; a value in `<text>…</text>` may run over many lines. `PackageName` begins a package, and a tag
that begins a file, a snippet, a licence or an annotation ends it. A document that is cut off within such a text is read
as far as it goes, and `unreadable` says that the rest is missing.
"""

from __future__ import annotations

from typing import Final

from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.spdx import Fields, Packages, check_version, identity_of
from seawall.remediation.inventories.text_lines import lines_of

_TITLE: Final = "SPDX tag-value"
_OPEN: Final = "<text>"
_CLOSE: Final = "</text>"
_ENDS: Final = frozenset({"FileName", "SnippetSPDXID", "LicenseID", "Annotator", "Reviewer"})
_TAGS: Final = {
    "SPDXID": "ref",
    "PackageVersion": "version",
    "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
    "PrimaryPackagePurpose": "purpose",
}


class _Parser:
    def __init__(self, reading: Reading) -> None:
        self._packages = Packages(reading)
        self._reading = reading
        self._fields: dict[str, str] | None = None
        self._references: list[tuple[str, str]] = []
        self.version = ""

    def tag(self, number: int, tag: str, value: str) -> None:
        if tag == "SPDXVersion":
            check_version(value)
            self.version = value
        elif tag == "DocumentName":
            self._reading.title = value
        elif tag == "PackageName":
            self.close_package()
            self._fields = {"name": value}
        elif tag in _ENDS:
            self.close_package()
        elif self._fields is not None and tag in _TAGS:
            self._fields.setdefault(_TAGS[tag], value)
        elif self._fields is not None and tag == "ExternalRef":
            parts = value.split(None, 2)
            if len(parts) == 3:  # noqa: PLR2004 - category, type, locator
                self._references.append((parts[1], parts[2]))
            else:
                self._reading.note(f"line {number}: an ExternalRef without category, type and locator was passed over")

    def close_package(self) -> None:
        if self._fields is None:
            return
        purl, cpe = identity_of(self._references)
        self._packages.add(Fields(**self._fields, purl=purl, cpe=cpe))
        self._fields = None
        self._references = []

    def close(self) -> None:
        self.close_package()
        self._packages.close()


def read(document: Document, reading: Reading) -> str:
    """Read an SPDX 2 tag-value document.

    Raises:
        InvalidInputError: It has no version, or is no text (`remediation.unreadable-inventory`); or a version
            that is not supported (`remediation.unsupported-inventory`).
        LimitExceededError: A line or text is too long, or it has too many packages (`remediation.too-large`).
    """
    parser = _Parser(reading)
    text_began = text_length = 0
    for number, line in lines_of(document, reading, _TITLE):
        if text_began:
            text_length += len(line)
            if text_length > reading.limits.string_bytes:
                raise too_large("a text", reading.limits.string_bytes, "characters")
            if _CLOSE in line:
                text_began = 0
            continue
        tag, colon, value = line.partition(":")
        value = value.strip()
        if not colon or tag.startswith("#"):
            continue
        if value.startswith(_OPEN):
            value = value.removeprefix(_OPEN)
            if _CLOSE not in value:
                text_began, text_length = number, len(value)
            value = value.partition(_CLOSE)[0]
        parser.tag(number, tag.strip(), value.strip())
    if text_began:
        cut = f"it is cut off within the text that begins in line {text_began}; packages that came after it are missing"
        reading.refuse("the document", cut)
    if not parser.version:
        raise errors.unreadable(_TITLE, "it has no SPDXVersion")
    parser.close()
    return f"SPDX {parser.version.removeprefix('SPDX-')} tag-value"
