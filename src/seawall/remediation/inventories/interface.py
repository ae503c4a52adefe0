"""What a reader of inventories is: one module a format, with `read(document, reading)`.

A reader does no I/O. It hands each component to `Reading`, which keeps it, or names it with the reason why it could not
be read, or counts it as a repeat; a reader drops nothing by itself. It raises nothing but `InvalidInputError`, and that
only where the document as a whole is not what it claims to be.

Invariants of `Reading`: components keep the document's order; one and the same component under one and the same
reference is kept once, however often it is listed; memory grows with distinct components, not with the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final, TypeAlias

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.kernel.purl import Purl, parse_purl, purl_of
from seawall.remediation.errors import too_large
from seawall.remediation.inventories.distro import LINUX_TYPES, Distro, located
from seawall.remediation.model import Asset, Component, Inventory

NAMED_REASONS: Final = 10_000
"""Most distinct lines of `Inventory.unreadable`; what goes beyond is counted in a last line."""
LABEL_CHARACTERS: Final = 200
NAME_CHARACTERS: Final = 4096
"""Longest name, version, vendor or reference."""
NO_VERSION: Final = "it names no version"
NO_DISTRO: Final = (
    "the list does not say on which distribution it was made: its packages are kept without one "
    "and cannot be compared; name it, for example debian-12"
)


class Document(msgspec.Struct, frozen=True):
    """The bytes of one inventory."""

    data: bytes
    name: str = "inventory"
    """File name; a hint for telling formats apart, and the inventory's name if the content gives none."""


class Format(msgspec.Struct, frozen=True):
    """One format that can be read."""

    id: str
    """For example `cyclonedx-json`."""
    title: str
    """For example `CycloneDX JSON 1.2-1.7`."""
    module: str
    """Its reader, imported on first use."""
    function: str = "read"
    """The reader's name in the module."""


Reader: TypeAlias = "Callable[[Document, Reading], str]"
"""Reads a document; returns the format with its version, for example `CycloneDX 1.4 JSON`."""


class Reading:
    """What has been read of one document so far.

    Args:
        limits: Bounds that the reader keeps.
        distro: Where the packages are installed, if whoever reads has said so.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, distro: Distro | None = None) -> None:
        self.limits: Final = limits
        self.distro = distro
        """Named by whoever reads, or found in the document."""
        self.title = ""
        """What the document says it is about."""
        self._notes: dict[str, None] = {}
        self._components: list[Component] = []
        self._unreadable: dict[str, int] = {}
        self._unread_on: dict[str, None] = {}
        """Assets that have entries which could not be read; the empty name stands for entries of nobody knows which."""
        self._beyond = 0
        self._assets: dict[str, Asset] = {}
        self._items = 0
        self._seen: dict[str, str] = {}
        self._seen_again: set[tuple[str, str]] = set()
        self._repeats = 0
        self._first_repeat = ""
        self._without_distro: list[int] = []

    def package(self, purl: str, ref: str, version: str = "", *, cpe: str = "", asset: str = "") -> None:
        """Keep a component that has a purl; `version` counts where the purl has none."""
        self._count()
        label = _tidy(ref or purl)
        if self._is_repeat(label, f"{purl}\n{version}\n{asset}" if version or asset else purl):
            return
        try:
            parsed = parse_purl(purl)
        except InvalidInputError as error:
            self._name(label, error.message, asset)
            return
        if not parsed.version:
            if not version:
                self._name(label, NO_VERSION, asset)
                return
            parsed = parsed.at(version)
        self._keep(parsed, label, cpe, asset)

    def registered(self, ecosystem: str, name: str, version: str, ref: str) -> None:
        """Keep a package that the document calls as its registry does; `ecosystem` is OSV's name."""
        try:
            purl = purl_of(ecosystem, name, version)
        except InvalidInputError as error:
            self.refuse(ref, error.message)
        else:
            self.parsed(purl, ref)

    def parsed(self, purl: Purl, ref: str, *, asset: str = "") -> None:
        """Keep a component whose purl the reader built itself."""
        self._count()
        ref = _tidy(ref)
        if not purl.version:
            self._name(ref, NO_VERSION, asset)
            return
        key = "\n".join((purl.type, purl.namespace, purl.name, purl.version, asset, *map("=".join, purl.qualifiers)))
        if not self._is_repeat(ref, key):
            self._keep(purl, ref, "", asset)

    def product(self, name: str, version: str, ref: str, *, vendor: str = "", cpe: str = "", asset: str = "") -> None:
        """Keep a component that is known by its names alone."""
        self._count()
        name, version, vendor = _tidy(name), _tidy(version) or _version_of_cpe(cpe), _tidy(vendor)
        label = _tidy(ref) or "/".join(filter(None, (vendor, name))) or "a component without a name"
        if not name and not cpe:
            self._name(label, "it has no name", asset)
        elif max(len(name), len(version), len(vendor), len(cpe)) > NAME_CHARACTERS:
            self._name(label, f"its name, version or vendor is longer than {NAME_CHARACTERS:,} characters", asset)
        elif not version:
            self._name(label, NO_VERSION, asset)
        elif not self._is_repeat(label, f"{name}\n{version}\n{vendor}\n{cpe}\n{asset}"):
            self._components.append(
                Component(None, label[:NAME_CHARACTERS], name, version, vendor, cpe=cpe, asset=asset)
            )

    def refuse(self, label: str, reason: str, asset: str = "") -> None:
        """Name a component that cannot be read, and its asset where that is known."""
        self._count()
        self._name(_tidy(label), _tidy(reason), asset)

    def note(self, text: str) -> None:
        """State something about how the document was read; said twice, it is kept once."""
        self._notes[_tidy(text)] = None

    def asset(self, asset: Asset) -> None:
        """Keep an asset, or add to what is known about it; a row that says nothing of its exposure changes nothing."""
        known = self._assets.get(asset.name)
        if known is None:
            self._assets[asset.name] = asset
            return
        if known == asset:
            return
        exposed = max(known.exposed, asset.exposed, key=("unknown", "no", "yes").index)
        if {known.exposed, asset.exposed} == {"yes", "no"}:
            self.note(f"{asset.name[:80]}: rows contradict each other on whether it is exposed; counted as exposed")
        owner, environment = known.owner or asset.owner, known.environment or asset.environment
        if (asset.owner and asset.owner != owner) or (asset.environment and asset.environment != environment):
            self.note(f"{asset.name[:80]}: rows name different owners or environments; the first counts")
        self._assets[asset.name] = Asset(asset.name, exposed, owner, environment)

    def inventory(self, document: Document, format_: str) -> Inventory:
        """Close the reading."""
        if self.distro is not None:
            for index in self._without_distro:
                component = self._components[index]
                assert component.purl is not None  # noqa: S101 - only those with a purl are remembered here
                purl = located(component.purl, self.distro)
                self._components[index] = Component(purl, component.ref, cpe=component.cpe, asset=component.asset)
        return Inventory(
            self.title[:LABEL_CHARACTERS] or document.name,
            sha256(document.data).hexdigest(),
            tuple(self._components),
            tuple(self._reasons()),
            format_,
            tuple(self._assets.values()),
            tuple(self._unread_on) if "" not in self._unread_on else (),
            tuple(self._closing_notes()),
        )

    def _keep(self, purl: Purl, label: str, cpe: str, asset: str) -> None:
        if purl.type in LINUX_TYPES and not any(key == "distro" for key, _ in purl.qualifiers):
            self._without_distro.append(len(self._components))
        self._components.append(Component(purl, label[:NAME_CHARACTERS], cpe=cpe, asset=asset))

    def _name(self, label: str, reason: str, asset: str = "") -> None:
        self._unread_on[asset] = None
        line = f"{label[:LABEL_CHARACTERS]}: {reason}"
        if line in self._unreadable or len(self._unreadable) < NAMED_REASONS:
            self._unreadable[line] = self._unreadable.get(line, 0) + 1
        else:
            self._beyond += 1

    def _count(self) -> None:
        self._items += 1
        if self._items > self.limits.items:
            raise too_large("the number of components", self.limits.items, "components")

    def _is_repeat(self, ref: str, content: str) -> bool:
        distinct = len(self._seen)
        first = self._seen.setdefault(ref, content)
        if len(self._seen) != distinct:
            return False
        if first != content:
            before = len(self._seen_again)
            self._seen_again.add((ref, content))
            if len(self._seen_again) != before:
                return False
        self._repeats += 1
        self._first_repeat = self._first_repeat or ref
        return True

    def _reasons(self) -> Iterable[str]:
        for line, times in self._unreadable.items():
            yield line if times == 1 else f"{line} ({times:,} times)"
        if self._beyond:
            yield f"{self._beyond:,} more components could not be read"

    def _closing_notes(self) -> Iterable[str]:
        yield from self._notes
        if self._repeats:
            first = self._first_repeat[:80]
            yield f"entries that repeat an earlier one: {self._repeats:,}, the first {first!r}; each was taken once"
        if self._seen_again:
            yield f"components under a reference that another one has: {len(self._seen_again):,}; all were kept"


def _tidy(text: str) -> str:
    """Return text for one line: white space and control characters, which could steer a terminal, become blanks."""
    if text.isprintable():
        return text.strip()
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _version_of_cpe(cpe: str) -> str:
    """Return the version of a CPE 2.3 name without escapes; empty where it has none, or a pattern."""
    if not cpe.startswith("cpe:2.3:") or "\\:" in cpe:
        return ""
    parts = cpe.split(":")
    version = parts[5].replace("\\", "") if len(parts) > 5 else ""  # noqa: PLR2004 - the sixth field, NISTIR 7695
    return "" if version in {"", "*", "-"} or "*" in version or "?" in version else version
