"""The formats that reports come in. A report's kind is found from its content, never from its name.

To add a format, write one file beside this one that follows `interface.Format`, and add it to `FORMATS`.

A report holds one document, or several of one kind: as a JSON array, as JSON Lines, or as YAML documents (those the
Seawall report's own reader takes apart). The whole file is in memory once; SARIF results, the only ones that come by
the hundred thousand, stay undecoded views into it until their turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from seawall.intake import errors
from seawall.intake.formats.csaf import CSAF
from seawall.intake.formats.cyclonedx import CycloneDX
from seawall.intake.formats.interface import WHOLE_BYTES, WHOLE_VALUES, Context, Document, Format, decode, fits
from seawall.intake.formats.markdown import Markdown
from seawall.intake.formats.osv import OSV
from seawall.intake.formats.sarif import SARIF
from seawall.intake.formats.seawall_report import SeawallReport
from seawall.intake.guard import MAX_VALUES, check_lines, json_start, open_text, scan_json
from seawall.intake.model import Finding
from seawall.kernel.limits import MIB, Limits

__all__ = ["FORMATS", "Context", "Document", "Format", "Reading", "documents", "read"]

FORMATS: Final[tuple[Format, ...]] = (SARIF(), CSAF(), CycloneDX(), OSV(), SeawallReport(), Markdown())
"""In the order in which they are asked; Markdown takes what is left."""

_PEEK: Final = 4096  # bytes
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_LINES: Final = msgspec.json.Decoder(msgspec.Raw)


_NEIGHBOURS: Final = {
    "spdxVersion": "an SPDX document is an inventory, see `seawall check`",
    "cveMetadata": "CVE records are read as signals, not as reports",
    "feed": "a feed lists documents; submit the documents themselves",
}
"""Members by which formats are known that are often submitted by mistake."""
_NEIGHBOUR_STARTS: Final = {
    b"<?xml": "XML is not read",
    b"<!DOCTYPE": "HTML is not read",
    b"<html": "HTML is not read",
    b"SPDXVersion:": "an SPDX document is an inventory, see `seawall check`",
}
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Reading:
    """A report whose format is known."""

    format: str
    findings: Iterator[Finding]
    """Lazy: raises `InvalidInputError` at the first thing that cannot be read."""


def read(data: bytes, context: Context) -> Reading:
    """Find a report's format, and prepare to read it.

    Args:
        data: The report's bytes, anything at all.
        context: The report that they belong to, and the limits.

    Raises:
        InvalidInputError: The guards refuse it, or no format knows it; see `docs/formats.md` for the codes.
    """
    rest = documents(data, context.limits)
    first = next(rest, None)
    if first is None:
        raise errors.unknown_format("the list is empty")
    hint = "" if first.is_json else _hint(first)  # before Markdown takes it
    for format_ in () if hint else FORMATS:
        if format_.recognises(first):
            return Reading(format_.name, _findings(format_, first, rest, context))
    if first.is_json:
        decode(_LINES, first.body, first.place)  # broken JSON is no unknown format
    raise errors.unknown_format(hint or _hint(first))


def documents(data: bytes, limits: Limits) -> Iterator[Document]:
    """Guard a report and take it apart into documents.

    Raises:
        InvalidInputError: A guard refuses it.
    """
    text = open_text(data)
    del data
    start = json_start(text)
    if not start:
        check_lines(text, limits)
        yield Document(text, is_json=False)
        return
    shape = scan_json(text, limits)
    if start == b"[":
        parts = decode(_ELEMENTS, text, "")
    elif shape.documents > 1:
        parts = _lines(text)
    else:
        yield Document(text, is_json=True)
        return
    for index, part in enumerate(parts):
        yield Document(part, is_json=True, place=f"/{index}")


def _lines(text: bytes) -> list[msgspec.Raw]:
    if text.count(b"\n") > MAX_VALUES:
        raise errors.too_many_values(MAX_VALUES)
    try:
        return _LINES.decode_lines(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.malformed("JSON", str(error)) from None


def _findings(format_: Format, first: Document, rest: Iterator[Document], context: Context) -> Iterator[Finding]:
    _check_size(format_, first)
    yield from format_.read(first, context)
    for document in rest:
        if not format_.recognises(document):
            raise errors.mixed_formats(document.place, format_.title)
        _check_size(format_, document)
        yield from format_.read(document, context)


def _check_size(format_: Format, document: Document) -> None:
    if format_.streams:
        return
    view = memoryview(document.body)
    if len(view) > WHOLE_BYTES:
        raise errors.too_large(format_.title, WHOLE_BYTES)
    body = bytes(view) if len(view) > MIB else b""
    if sum(map(body.count, (b",", b"[", b"{"))) > WHOLE_VALUES:
        raise errors.too_many_values(WHOLE_VALUES)


def _hint(document: Document) -> str:
    """Say what an unknown document probably is, or nothing."""
    if document.is_json:
        members = fits(_MEMBERS, document) or {}
        return next((hint for name, hint in _NEIGHBOURS.items() if name in members), "")
    start = bytes(memoryview(document.body)[:_PEEK]).lstrip()
    return next((hint for begin, hint in _NEIGHBOUR_STARTS.items() if start.startswith(begin)), "")
