"""CycloneDX JSON, versions 1.2 to 1.7.

Components are read at every level of nesting, without recursion, and the document's own subject (`metadata.component`)
with them. Where one component is malformed, the document is read a second time, component by component: only that one
is lost, and it is named by its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from seawall.kernel.limits import Limits
from seawall.remediation.errors import too_large
from seawall.remediation.inventories import errors
from seawall.remediation.inventories.cyclonedx import Components, Fields, check_version
from seawall.remediation.inventories.interface import Document, Reading
from seawall.remediation.inventories.json_text import decode, utf8_of

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
    component: _Component | None = None


class _Document(msgspec.Struct):
    format: str = msgspec.field(default="", name="bomFormat")
    version: str = msgspec.field(default="", name="specVersion")
    metadata: _Metadata | None = None
    components: list[_Component] | None = None


_DECODER: Final = msgspec.json.Decoder(_Document)
_BARE: Final = msgspec.json.Decoder(_Bare)
_NAMELESS: Final = msgspec.json.Decoder(_Nameless)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw] | None)
_NULL: Final = msgspec.Raw(b"null")


def read(document: Document, reading: Reading) -> str:
    """Read a CycloneDX JSON document.

    Raises:
        InvalidInputError: It is no JSON or not shaped like CycloneDX (`remediation.unreadable-inventory`), or of a
            version that is not supported (`remediation.unsupported-inventory`).
        LimitExceededError: It nests too deep or has too many components (`remediation.too-large`).
    """
    text = utf8_of(document.data)
    components = Components(reading)
    try:
        typed = decode(_DECODER, text, _TITLE, reading.limits)
    except msgspec.ValidationError:
        version = _read_leniently(text, reading, components)
    else:
        version = typed.version
        _check(typed.format, version)
        root = typed.metadata.component if typed.metadata else None
        for component in _walk([root] if root else [], typed.components or [], reading.limits):
            components.add(component.fields())
        reading.title = _title_of(root)
    components.close()
    return f"CycloneDX {version} JSON"


def _walk(subject: list[_Component], components: list[_Component], limits: Limits) -> Iterator[_Component]:
    """Yield components before their children, in the document's order."""
    level = [(component, 1) for component in reversed([*subject, *components])]
    while level:
        component, depth = level.pop()
        if depth > limits.depth:
            raise too_large("the nesting of components", limits.depth, "levels")
        yield component
        if component.components:
            level += [(child, depth + 1) for child in reversed(component.components)]


def _read_leniently(text: bytes, reading: Reading, components: Components) -> str:
    """Read a document in which something is malformed; return its version."""
    document = _members(text, reading.limits)
    if document is None:
        raise errors.unreadable(_TITLE, "it is not a JSON object")
    version = _text(document.get("specVersion"))
    _check(_text(document.get("bomFormat")), version)
    metadata = _members(document.get("metadata", _NULL), reading.limits) or {}
    subject = metadata.get("component", _NULL)
    listed = document.get("components", _NULL)
    level = [(item, 1, f"component {n}") for n, item in enumerate(_children(listed, reading.limits) or [], start=1)]
    level.reverse()
    if _children(listed, reading.limits) is None:
        raise errors.unreadable(_TITLE, "its components are not a list")
    if subject != _NULL:
        level.append((subject, 1, "metadata.component"))
    while level:
        item, depth, place = level.pop()
        if depth > reading.limits.depth:
            raise too_large("the nesting of components", reading.limits.depth, "levels")
        try:
            component = _convert(item)
        except msgspec.ValidationError as error:
            reading.refuse(place, str(error))
        else:
            components.add(component.fields())
            reading.title = _title_of(component) if place == "metadata.component" else reading.title
        nested = (_members(item, reading.limits) or {}).get("components", _NULL)
        children = _children(nested, reading.limits)
        if children is None:
            reading.refuse(place, "its components are not a list")
        else:
            level += [(child, depth + 1, f"{place}.{n}") for n, child in reversed(list(enumerate(children, start=1)))]
    return version


def _convert(item: msgspec.Raw) -> _Bare:
    """Convert one component; what is wrong with who made it costs only that."""
    try:
        return _BARE.decode(item)
    except msgspec.ValidationError:
        return _NAMELESS.decode(item).bare()


def _members(text: bytes | msgspec.Raw, limits: Limits) -> dict[str, msgspec.Raw] | None:
    """Take an object apart; None where it is none."""
    try:
        return decode(_MEMBERS, text, _TITLE, limits)
    except msgspec.ValidationError:
        return None


def _children(text: msgspec.Raw, limits: Limits) -> list[msgspec.Raw] | None:
    """Take a list apart; None where it is something else than a list or nothing."""
    try:
        return decode(_LIST, text, _TITLE, limits) or []
    except msgspec.ValidationError:
        return None


def _text(text: msgspec.Raw | None) -> str:
    value = msgspec.json.decode(text) if text is not None else ""
    return value if isinstance(value, str) else str(value)


def _title_of(subject: _Bare | None) -> str:
    return "@".join(filter(None, (subject.name, subject.version))) if subject else ""


def _check(format_: str, version: str) -> None:
    if format_ != "CycloneDX":
        raise errors.unreadable(_TITLE, f"its bomFormat is {format_[:40]!r}")
    check_version(version)
