"""Which format a document is in: told by its content, and by its name only where content leaves it open.

Order: first bytes (workbook, XML, JSON), then what `detect_text` sees in the first lines. A wrong
extension does no harm. What is recognised as something that is not read is called by its name in the error.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from seawall.kernel.limits import KIB, Limits
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document
from seawall.remediation.inventories.json_text import ABSENT, decode, utf8_of
from seawall.remediation.inventories.text_lines import head_of

_HEAD: Final = 64 * KIB
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_CYCLONEDX: Final = re.compile(rb'\s*\{\s*(?:"\$schema"\s*:\s*"[^"]*"\s*,\s*)?"bomFormat"\s*:')
_DOCTYPE: Final = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_NPM_LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")


class _Probe(msgspec.Struct):
    """The top-level names that tell JSON formats apart."""

    cyclonedx: msgspec.Raw = msgspec.field(default=ABSENT, name="bomFormat")
    spdx: msgspec.Raw = msgspec.field(default=ABSENT, name="spdxVersion")
    context: msgspec.Raw = msgspec.field(default=ABSENT, name="@context")
    graph: msgspec.Raw = msgspec.field(default=ABSENT, name="@graph")
    wrapped: msgspec.Raw = msgspec.field(default=ABSENT, name="sbom")
    lock: msgspec.Raw = msgspec.field(default=ABSENT, name="lockfileVersion")
    sources: msgspec.Raw = msgspec.field(default=ABSENT, name="Sources")
    sarif: msgspec.Raw = msgspec.field(default=ABSENT, name="runs")
    csaf: msgspec.Raw = msgspec.field(default=ABSENT, name="document")
    osv: msgspec.Raw = msgspec.field(default=ABSENT, name="affected")
    syft: msgspec.Raw = msgspec.field(default=ABSENT, name="artifacts")
    display_name: msgspec.Raw = msgspec.field(default=ABSENT, name="DisplayName")
    name: msgspec.Raw = msgspec.field(default=ABSENT, name="Name")


_PROBE: Final = msgspec.json.Decoder(_Probe)


def detect(document: Document, limits: Limits) -> str:
    """Return the id of the document's format.

    Raises:
        InvalidInputError: It is empty or damaged (`remediation.unreadable-inventory`), something else
            (`remediation.unknown-inventory`), encrypted (`remediation.encrypted-inventory`), or in a form that is not
            read (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep (`remediation.too-large`).
    """
    data = document.data
    if data.startswith((_ZIP, _OLE)):
        return _detect_workbook(data)
    if _CYCLONEDX.match(data[:_HEAD]):
        return "cyclonedx-json"
    head = head_of(data, _HEAD).lstrip("\ufeff")
    start = head.lstrip()[:1]
    if not start:
        raise errors.unreadable("an SBOM or a list", "it is empty")
    if "\x00" in head:
        raise errors.unknown_format("a binary file")
    if start == "<":
        return _detect_xml(head)
    if start in "{[":
        return _detect_json(document, limits, is_list=start == "[")
    from seawall.remediation.inventories.detect_text import detect_text  # noqa: PLC0415 - an SBOM needs no list's reader

    return detect_text(document, head)


def _detect_workbook(data: bytes) -> str:
    if data.startswith(_ZIP):
        return "xlsx"
    if _ENCRYPTED in data:
        raise errors.encrypted()
    raise errors.unsupported_kind("an old workbook (XLS)", "Save it as XLSX or CSV.")


def _detect_xml(head: str) -> str:
    if "http://cyclonedx.org/schema/bom/" in head:
        return "cyclonedx-xml"
    if _DOCTYPE.search(head):
        raise errors.hostile_xml("has a document type (DOCTYPE)")
    if "spdx.org/rdf" in head:
        raise errors.unsupported_kind("SPDX as RDF/XML", "Convert it to SPDX JSON or tag-value.")
    raise errors.unknown_format("a web page" if "<html" in head.lower() else "XML that is not CycloneDX")


def _detect_json(document: Document, limits: Limits, *, is_list: bool) -> str:
    if is_list:
        return "program-json"
    try:
        probe = decode(_PROBE, utf8_of(document.data), "JSON", limits)
    except msgspec.ValidationError as error:
        raise errors.unreadable("JSON", str(error)) from None
    for given, format_ in (
        (probe.cyclonedx, "cyclonedx-json"),
        (_given(probe.spdx, probe.wrapped), "spdx-json"),
        (probe.lock, "npm-lock"),
        (probe.sources, "winget-export"),
        (_given(probe.display_name, probe.name), "program-json"),
    ):
        if given != ABSENT:
            return format_
    if probe.graph != ABSENT or b"spdx.org" in bytes(probe.context):
        return "spdx3-json"
    if document.name in _NPM_LOCKS:
        return "npm-lock"
    raise errors.unknown_format(_foreign(probe))


def _given(*alternatives: msgspec.Raw) -> msgspec.Raw:
    return next((raw for raw in alternatives if raw != ABSENT), ABSENT)


def _foreign(probe: _Probe) -> str:
    for given, name in (
        (probe.sarif, "a SARIF report"),
        (probe.csaf, "a CSAF advisory"),
        (probe.osv, "an OSV record"),
        (probe.syft, "Syft's own JSON (ask it for cyclonedx-json)"),
    ):
        if given != ABSENT:
            return name
    return "JSON of another kind"
