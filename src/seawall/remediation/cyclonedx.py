"""CycloneDX JSON, versions 1.2 to 1.7, to an `Inventory`.

Components are read at every level of nesting, and the document's own subject (`metadata.component`) with them. A
component that has no package URL, no version, or is malformed, goes to `unreadable` with the reason; it never stops the
rest from being read. Left out on purpose: services, dependencies, vulnerabilities in the document, CPEs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.kernel.purl import parse_purl
from seawall.remediation.errors import (
    not_cyclonedx,
    too_large,
    unopened,
    unreadable_inventory,
    unsupported_cyclonedx,
)
from seawall.remediation.model import Component, Inventory

_VERSIONS: Final = frozenset(f"1.{minor}" for minor in range(2, 8))
_BOM: Final = b"\xef\xbb\xbf"


class _Component(msgspec.Struct):
    name: str = ""
    version: str | None = None
    group: str | None = None
    purl: str | None = None
    ref: str | None = msgspec.field(default=None, name="bom-ref")
    components: list[_Component] | None = None


class _Metadata(msgspec.Struct):
    component: _Component | None = None


class _Document(msgspec.Struct):
    format: str = msgspec.field(default="", name="bomFormat")
    version: str = msgspec.field(default="", name="specVersion")
    metadata: _Metadata | None = None
    components: list[_Component] | None = None


class _LenientComponent(msgspec.Struct):
    """The same without the children, which are converted one by one."""

    name: str = ""
    version: str | None = None
    group: str | None = None
    purl: str | None = None
    ref: str | None = msgspec.field(default=None, name="bom-ref")


_DECODER: Final = msgspec.json.Decoder(_Document)


@dataclass(slots=True)
class _Reading:
    limits: Limits
    components: list[Component] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def add(self, component: _Component | _LenientComponent) -> None:
        label = component.ref or component.purl or "/".join(filter(None, (component.group, component.name)))
        label = (label or "a component without a name")[:200]
        if len(self.components) + len(self.unreadable) >= self.limits.items:
            raise too_large("the number of components", self.limits.items, "components")
        if not component.purl:
            self.unreadable.append(f"{label}: it has no package URL")
            return
        try:
            purl = parse_purl(component.purl)
        except InvalidInputError as error:
            self.unreadable.append(f"{label}: {error.message}")
            return
        version = purl.version or component.version or ""
        if not version:
            self.unreadable.append(f"{label}: it has no version")
            return
        self.components.append(Component(purl if purl.version else purl.at(version), label))


def read_inventory(path: Path, limits: Limits = DEFAULT_LIMITS) -> Inventory:
    """Read a CycloneDX JSON file.

    Raises:
        UnavailableError: It cannot be opened (`remediation.unopened`).
        InvalidInputError: As for `parse_inventory`.
        LimitExceededError: As for `parse_inventory`.
    """
    try:
        with path.open("rb") as file:
            document = file.read(limits.bytes + 1)
    except OSError as error:
        raise unopened(str(path), error.strerror or "") from None
    return parse_inventory(document, limits, name=path.name)


def parse_inventory(document: bytes, limits: Limits = DEFAULT_LIMITS, *, name: str = "inventory") -> Inventory:
    """Read a CycloneDX JSON document.

    Args:
        document: The file's bytes.
        limits: Bounds in bytes, levels of nested components, and components.
        name: What to call the inventory if the document does not say what it is about.

    Raises:
        InvalidInputError: It is no JSON (`remediation.unreadable-inventory`), no CycloneDX
            (`remediation.not-cyclonedx`) or an unsupported version of it (`remediation.unsupported-cyclonedx`).
        LimitExceededError: It is too large or too deep (`remediation.too-large`).
    """
    if len(document) > limits.bytes:
        raise too_large("the inventory", limits.bytes, "bytes")
    text = document.removeprefix(_BOM)
    if text.lstrip()[:1] == b"<":
        raise not_cyclonedx("XML")
    reading = _Reading(limits)
    subject: _Component | _LenientComponent | None
    try:
        typed = _DECODER.decode(text)
    except msgspec.ValidationError:
        subject = _read_leniently(text, reading)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable_inventory(str(error) if text.strip() else "it is empty") from None
    except RecursionError:
        raise too_large("the nesting", limits.depth, "levels") from None
    else:
        _check_format(typed.format, typed.version, text)
        root = typed.metadata.component if typed.metadata else None
        for component in _walk([root] if root else [], typed.components or [], limits):
            reading.add(component)
        subject = root
    title = "@".join(filter(None, (subject.name, subject.version))) if subject else ""
    return Inventory(title or name, sha256(document).hexdigest(), tuple(reading.components), tuple(reading.unreadable))


def _walk(subject: list[_Component], components: list[_Component], limits: Limits) -> Iterator[_Component]:
    """Yield components before their children, in the document's order, without recursion."""
    level = [(component, 1) for component in reversed([*subject, *components])]
    while level:
        component, depth = level.pop()
        if depth > limits.depth:
            raise too_large("the nesting of components", limits.depth, "levels")
        yield component
        level += [(child, depth + 1) for child in reversed(component.components or [])]


def _read_leniently(text: bytes, reading: _Reading) -> _LenientComponent | None:
    """Read a document in which something is malformed: only that component is lost, and it is named."""
    raw = msgspec.json.decode(text)
    if not isinstance(raw, dict):
        raise unreadable_inventory("it is not a JSON object")
    _check_format(str(raw.get("bomFormat", "")), str(raw.get("specVersion", "")), text)
    metadata = raw.get("metadata")
    subject = metadata.get("component") if isinstance(metadata, dict) else None
    listed = raw.get("components")
    if listed is not None and not isinstance(listed, list):
        raise unreadable_inventory("its components are not a list")
    level: list[tuple[Any, int, str]] = [(c, 1, f"component {n}") for n, c in enumerate(listed or [], start=1)]
    level.reverse()
    if subject is not None:
        level.append((subject, 1, "metadata.component"))
    while level:
        item, depth, place = level.pop()
        if depth > reading.limits.depth:
            raise too_large("the nesting of components", reading.limits.depth, "levels")
        try:
            reading.add(msgspec.convert(item, _LenientComponent))
        except msgspec.ValidationError as error:
            reading.unreadable.append(f"{place}: {error}")
        children = item.get("components") if isinstance(item, dict) else None
        if isinstance(children, list):
            level += [(child, depth + 1, f"{place}.{n}") for n, child in reversed(list(enumerate(children, start=1)))]
        elif children is not None:
            reading.unreadable.append(f"{place}: its components are not a list")
    try:
        return msgspec.convert(subject, _LenientComponent)
    except msgspec.ValidationError:
        return None


def _check_format(format_: str, version: str, text: bytes) -> None:
    if format_ != "CycloneDX":
        head = text[:4096]
        raise not_cyclonedx("SPDX" if b"spdxVersion" in head or b"spdx.org" in head else "another kind of JSON")
    if version not in _VERSIONS:
        raise unsupported_cyclonedx(version)
