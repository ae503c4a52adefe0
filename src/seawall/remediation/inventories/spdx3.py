"""SPDX 3.0 JSON-LD, as its JSON schema serialises it.

Elements stand in `@graph`, or the document is one element; elements that others hold inline are found there. No context
is ever fetched: names are those of the published context. Suppliers are references to other elements, looked up by
their `spdxId`, one step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.json_text import ABSENT, decode, decode_list, utf8_of
from seawall.remediation.inventories.spdx import SUPPORTED, Fields, Packages, identity_of

_TITLE: Final = "SPDX 3 JSON"
_VERSION: Final = re.compile(r"3\.0(?:\.\d+)?")
_IN_CONTEXT: Final = re.compile(r"/rdf/(\d+(?:\.\d+)*)/")
_PACKAGES: Final = frozenset({"software_Package", "ai_AIPackage", "dataset_DatasetPackage"})


class _Node(msgspec.Struct):
    type: str = ""
    ld_type: str = msgspec.field(default="", name="@type")
    id: str = msgspec.field(default="", name="spdxId")
    ld_id: str = msgspec.field(default="", name="@id")
    name: str | None = None
    spec_version: str | None = msgspec.field(default=None, name="specVersion")
    version: str | None = msgspec.field(default=None, name="software_packageVersion")
    purl: str | None = msgspec.field(default=None, name="software_packageUrl")
    purpose: str | None = msgspec.field(default=None, name="software_primaryPurpose")
    identifiers: Any = msgspec.field(default=None, name="externalIdentifier")
    supplied_by: Any = msgspec.field(default=None, name="suppliedBy")
    originated_by: Any = msgspec.field(default=None, name="originatedBy")
    created: Any = msgspec.field(default=None, name="creationInfo")
    element: Any = None
    root_element: Any = msgspec.field(default=None, name="rootElement")


class _Document(_Node):
    context: Any = msgspec.field(default=None, name="@context")
    graph: msgspec.Raw = msgspec.field(default=ABSENT, name="@graph")


_DECODER: Final = msgspec.json.Decoder(_Document)
_NODE: Final = msgspec.json.Decoder(_Node)


def read(document: Document, reading: Reading) -> str:
    """Read an SPDX 3.0 document.

    Raises:
        InvalidInputError: It is no JSON or not shaped like SPDX 3 (`remediation.unreadable-inventory`), or of a
            version that is not supported (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep or has too many packages (`remediation.too-large`).
    """
    try:
        top = decode(_DECODER, utf8_of(document.data), _TITLE, reading.limits)
    except msgspec.ValidationError as error:
        raise errors.unreadable(_TITLE, str(error)) from None
    actors: dict[str, str] = {}
    found: list[tuple[str, _Node]] = []
    versions: set[str] = set()
    for place, node in _nodes(top, reading):
        kind = node.type or node.ld_type
        name = node.name or ""
        if node.spec_version:
            versions.add(node.spec_version)
        if isinstance(node.created, dict):
            versions.add(str(node.created.get("specVersion", "")))
        if kind in _PACKAGES:
            found.append((place, node))
        elif kind in {"Organization", "Person", "Agent", "SoftwareAgent"}:
            actors[node.id or node.ld_id] = name
        elif kind == "SpdxDocument":
            reading.title = name
    version = _check_version(versions - {""}, top.context)
    packages = Packages(reading)
    for place, node in found:
        packages.add(_fields_of(node, place, actors))
    packages.close()
    return f"SPDX {version} JSON"


def _nodes(top: _Document, reading: Reading) -> Iterator[tuple[str, _Node]]:
    """Yield every element with its place, inline ones after the one that holds them."""
    pending: list[tuple[str, _Node, int]] = [("element 1", top, 1)]
    if top.graph != ABSENT:
        pending = []
        for number, raw in enumerate(decode_list(top.graph, _TITLE, reading.limits), start=1):
            place = f"element {number}"
            try:
                pending.append((place, _NODE.decode(raw), 1))
            except (msgspec.ValidationError, UnicodeDecodeError) as error:
                reading.refuse(place, str(error))
            yield from _drain(pending, reading)
    yield from _drain(pending, reading)


def _drain(pending: list[tuple[str, _Node, int]], reading: Reading) -> Iterator[tuple[str, _Node]]:
    while pending:
        place, node, depth = pending.pop()
        if depth > reading.limits.depth:
            raise too_large("the nesting of elements", reading.limits.depth, "levels")
        yield place, node
        for held in (node.element, node.root_element):
            for item in reversed(held if isinstance(held, list) else [held]):
                if isinstance(item, dict):
                    try:
                        pending.append((f"{place}, inline", msgspec.convert(item, _Node), depth + 1))
                    except msgspec.ValidationError as error:
                        reading.refuse(f"{place}, inline", str(error))
        node.element = node.root_element = None


def _fields_of(node: _Node, place: str, actors: dict[str, str]) -> Fields:
    listed = node.identifiers if isinstance(node.identifiers, list) else [node.identifiers]
    pairs = [
        (str(item.get("externalIdentifierType", "")), str(item.get("identifier", "")))
        for item in listed
        if isinstance(item, dict)
    ]
    if node.purl:
        pairs.insert(0, ("packageUrl", node.purl))
    purl, cpe = identity_of(pairs)
    return Fields(
        node.id or node.ld_id or place,
        node.name or "",
        node.version or "",
        _actor(node.supplied_by, actors),
        _actor(node.originated_by, actors),
        node.purpose or "",
        purl,
        cpe,
    )


def _actor(given: object, actors: dict[str, str]) -> str:
    for item in given if isinstance(given, list) else [given]:
        if isinstance(item, dict):
            return str(item.get("name", ""))
        if isinstance(item, str) and item in actors:
            return actors[item]
    return ""


def _check_version(versions: set[str], context: object) -> str:
    """Return the version that all elements agree on, or the context's; refuse any other than 3.0.x."""
    if not versions:
        versions = set(_IN_CONTEXT.findall(str(context)[:500]))
    for version in sorted(versions):
        if not _VERSION.fullmatch(version):
            raise errors.unsupported_version("SPDX", version, SUPPORTED)
    if not versions:
        raise errors.unreadable(_TITLE, "it names no version of SPDX")
    return max(versions)
