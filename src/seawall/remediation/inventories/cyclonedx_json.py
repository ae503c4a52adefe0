"""CycloneDX JSON, versions 1.2 to 1.7.

Components are read at every level of nesting, and the document's own subject (`metadata.component`) with them. Each
tree of components is decoded by itself: so memory does not grow with the document, and where one is malformed only that
one is read again with patience, component by component, and what is lost is named by its place.
"""

from __future__ import annotations

from typing import Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.cyclonedx import Components, Fields, check_version
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.json_text import ABSENT, decode, decode_list, is_given, utf8_of

_TITLE: Final = "CycloneDX JSON"


class _Organisation(msgspec.Struct):
    name: str | None = None


class _Bare(msgspec.Struct):
    """A component without its children, which are converted one by one."""

    type: str = ""
    name: str = ""
    version: str | None = None
    group: str | None = None
    publisher: str | None = None
    supplier: _Organisation | None = None
    manufacturer: _Organisation | None = None
    purl: str | None = None
    cpe: str | None = None
    ref: str | None = msgspec.field(default=None, name="bom-ref")

    def fields(self) -> Fields:
        supplier = (self.supplier.name if self.supplier else "") or (
            self.manufacturer.name if self.manufacturer else ""
        )
        return Fields(
            self.type,
            self.ref or "",
            self.name,
            self.version or "",
            self.group or "",
            self.publisher or "",
            supplier or "",
            self.purl or "",
            self.cpe or "",
        )


class _Nameless(msgspec.Struct):
    """What of a component must be right; whoever made it may be written in any way."""

    type: str = ""
    name: str = ""
    version: str | None = None
    purl: str | None = None
    ref: str | None = msgspec.field(default=None, name="bom-ref")

    def bare(self) -> _Bare:
        return _Bare(type=self.type, name=self.name, version=self.version, purl=self.purl, ref=self.ref)


class _Component(_Bare):
    components: list[_Component] | None = None


class _Metadata(msgspec.Struct):
    component: msgspec.Raw = ABSENT


class _Document(msgspec.Struct):
    format: str = msgspec.field(default="", name="bomFormat")
    version: str = msgspec.field(default="", name="specVersion")
    metadata: msgspec.Raw = ABSENT
    components: list[msgspec.Raw] | None = None


_DECODER: Final = msgspec.json.Decoder(_Document)
_METADATA: Final = msgspec.json.Decoder(_Metadata)
_COMPONENT: Final = msgspec.json.Decoder(_Component)
_BARE: Final = msgspec.json.Decoder(_Bare)
_NAMELESS: Final = msgspec.json.Decoder(_Nameless)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read(document: Document, reading: Reading) -> str:
    """Read a CycloneDX JSON document.

    Raises:
        InvalidInputError: It is no JSON or not shaped like CycloneDX (`remediation.unreadable-inventory`), or of a
            version that is not supported (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep or has too many components (`remediation.too-large`).
    """
    try:
        head = decode(_DECODER, utf8_of(document.data), _TITLE, reading.limits)
    except msgspec.ValidationError as error:
        raise errors.unreadable(_TITLE, str(error)) from None
    if head.format != "CycloneDX":
        raise errors.unreadable(_TITLE, f"its bomFormat is {head.format[:40]!r}")
    check_version(head.version)
    components = Components(reading)
    subject = _subject(head.metadata, reading)
    if is_given(subject):
        root = _read_tree(subject, "metadata.component", reading, components)
        reading.title = "@".join(filter(None, (root.name, root.version))) if root else ""
    for number, raw in enumerate(head.components or (), start=1):
        _read_tree(raw, f"component {number}", reading, components)
    components.close()
    return f"CycloneDX {head.version} JSON"


def _subject(metadata: msgspec.Raw, reading: Reading) -> msgspec.Raw:
    """Return what the document is about, as it stands there."""
    if not is_given(metadata):
        return ABSENT
    try:
        return decode(_METADATA, metadata, _TITLE, reading.limits).component
    except msgspec.ValidationError as error:
        reading.note(f"the metadata were not read: {error}")
        return ABSENT


def _read_tree(raw: msgspec.Raw, place: str, reading: Reading, components: Components) -> _Bare | None:
    """Read a component and what is nested in it, parents before children; return the component, if it can be read."""
    try:
        root = decode(_COMPONENT, raw, _TITLE, reading.limits)
    except msgspec.ValidationError:
        return _read_malformed(raw, place, reading, components)
    level = [(root, 1)]
    while level:
        component, depth = level.pop()
        if depth > reading.limits.depth:
            raise too_large("the nesting of components", reading.limits.depth, "levels")
        components.add(component.fields())
        if component.components:
            level += [(child, depth + 1) for child in reversed(component.components)]
    return root


def _read_malformed(raw: msgspec.Raw, place: str, reading: Reading, components: Components) -> _Bare | None:
    """Read a tree in which something is malformed, component by component; only that one is lost."""
    root: _Bare | None = None
    level = [(raw, 1, place)]
    while level:
        item, depth, where = level.pop()
        if depth > reading.limits.depth:
            raise too_large("the nesting of components", reading.limits.depth, "levels")
        try:
            component = _convert(item)
        except msgspec.ValidationError as error:
            reading.refuse(where, str(error))
        else:
            components.add(component.fields())
            root = component if where == place else root
        try:
            children = _children(item, reading)
        except InvalidInputError:
            reading.refuse(where, "its components are not a list")
            continue
        level += [(child, depth + 1, f"{where}.{n}") for n, child in reversed(list(enumerate(children, start=1)))]
    return root


def _convert(item: msgspec.Raw) -> _Bare:
    """Convert one component; what is wrong with who made it costs only that."""
    try:
        return _BARE.decode(item)
    except msgspec.ValidationError:
        return _NAMELESS.decode(item).bare()


def _children(item: msgspec.Raw, reading: Reading) -> list[msgspec.Raw]:
    try:
        nested = decode(_MEMBERS, item, _TITLE, reading.limits).get("components", ABSENT)
    except msgspec.ValidationError:
        return []  # no object at all, which has been said
    return decode_list(nested, _TITLE, reading.limits) if is_given(nested) else []
