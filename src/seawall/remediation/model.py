"""The operator's side: what is installed, what of it is exposed, and by when to act."""

from __future__ import annotations

from dataclasses import dataclass

from seawall.kernel.purl import Purl
from seawall.priority import Decision


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that is installed."""

    purl: Purl
    """With a version."""
    ref: str
    """Its name in the inventory, for example the `bom-ref`."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one asset is made of."""

    name: str
    digest: str
    """SHA-256 of the document."""
    components: tuple[Component, ...]
    unreadable: tuple[str, ...] = ()
    """Components that could not be matched, each with the reason: nothing is dropped in silence."""


@dataclass(frozen=True, slots=True)
class KnownVulnerability:
    """One vulnerability as far as matching needs it, whatever record it came from."""

    id: str
    """The case's id, or the record's."""
    identifiers: tuple[str, ...]
    title: str
    source: str
    """`case`, or where the record came from."""
    published: str
    """RFC 3339 or empty."""
    affected: tuple[AffectedPackage, ...]


@dataclass(frozen=True, slots=True)
class AffectedPackage:
    """Which versions of one package are affected."""

    package: Purl
    """Version-less."""
    events: tuple[tuple[str, str], ...]
    """OSV range events."""
    versions: tuple[str, ...] = ()
    """Versions listed one by one."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """One component is affected by one vulnerability."""

    component: Component
    vulnerability: KnownVulnerability
    matched: str
    """The range or version that matched, in words."""
    decision: Decision
