"""The operator's side: what is installed, what of it is exposed, and by when to act.

Invariant: what could not be compared is never shown as clean. It stands in `Inventory.unreadable`,
`CheckResult.undecided` or `CheckResult.not_compared`, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seawall.kernel.purl import Purl
from seawall.kernel.versions.ranges import VersionEvent
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
class AffectedPackage:
    """Which versions of one package are affected."""

    package: Purl
    """Version-less."""
    ranges: tuple[tuple[VersionEvent, ...], ...] = ()
    """The events of each OSV range, in the record's order; ranges are never poured together."""
    versions: tuple[str, ...] = ()
    """Versions listed one by one."""


@dataclass(frozen=True, slots=True)
class KnownVulnerability:
    """One vulnerability as far as matching needs it, whatever record it came from."""

    id: str
    """The case's id, or the record's."""
    identifiers: tuple[str, ...]
    """Identifiers and aliases, the record's own included."""
    title: str
    source: str
    """`case`, or where the record came from."""
    published: str
    """RFC 3339 or empty."""
    affected: tuple[AffectedPackage, ...]


@dataclass(frozen=True, slots=True)
class Exposure:
    """One component is affected by one vulnerability."""

    component: Component
    vulnerability: KnownVulnerability
    """Folded: one vulnerability under all its identifiers, whichever records they came from."""
    matched: str
    """The range or version that matched, in words."""
    decision: Decision
    fixed: tuple[str, ...] = ()
    """Releases that end the matching ranges, as the records name them."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A record names a component's package, and whether it is affected could not be decided."""

    component: Component
    vulnerability: str
    """Its id."""
    reason: str


@dataclass(frozen=True, slots=True)
class NotCompared:
    """Components whose versions cannot be ordered, so that ranges about them say nothing."""

    ecosystem: str
    components: int
    """How many."""
    reason: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What an operator learns about one inventory."""

    inventory: Inventory
    exposures: tuple[Exposure, ...]
    """Soonest due first; those without a date last."""
    undecided: tuple[Undecided, ...]
    not_compared: tuple[NotCompared, ...]
    vulnerabilities: int
    """How many distinct vulnerabilities the inventory was held against."""
    exposed: str
    """What was said about the asset's exposure: `yes`, `no` or `unknown`."""
    at: datetime
    """Instant of the check."""
