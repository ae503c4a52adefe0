"""Inventories as they are kept: an asset, its snapshots in time, and what differs between two of them.

A snapshot is what one document said about one asset at one instant. It never changes; a later one supersedes it, and
the history stays. What is the same on thousands of assets is kept once: a `Component` without its `ref` and asset, the
*kind*, and the package version that the kind is looked up as.

Invariants: `apply_difference(difference(a, b), a)` is `b` as a multiset of kinds; a difference does not speak of refs,
since many tools give new ones in each run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from seawall.kernel.identifiers import derived_id
from seawall.remediation.model import Asset, Component, Inventory, ProductName, Vulnerability

NOTHING: Final = -1
"""Key of a row that is not stored yet."""


@dataclass(frozen=True, slots=True)
class StoredAsset:
    """An asset of an owner, under the care of the store."""

    asset: Asset
    """Its `owner` is the member whose asset it is."""
    key: int = NOTHING
    snapshot: int = 0
    """Number of its present snapshot; 0: none."""

    @property
    def id(self) -> str:
        """Name for events and other systems: `SWA-…`, derived from owner and name."""
        return asset_id(self.asset.owner, self.asset.name)


class Entry(msgspec.Struct, frozen=True):
    """One component of a snapshot."""

    kind: int
    """Key of the component without ref and asset."""
    since: date
    """Day of the first of the unbroken run of snapshots of the asset that hold this kind."""
    ref: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one document said about one asset."""

    asset: int
    """Key of the asset."""
    number: int
    """Counted from 1 for each asset."""
    digest: str
    """SHA-256 of the document: the blob's name."""
    format: str
    taken_at: datetime
    """When the asset looked like this."""
    added_at: datetime
    by: str
    components: int
    unreadable: tuple[str, ...] = ()
    """What of the document could not be read, each with the reason."""
    entries_digest: str = ""
    """SHA-256 of the stored entries and of what they are (`attesting.entries_digest`), in hex."""


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A snapshot as it was stored."""

    snapshot: Snapshot
    digest: str
    """SHA-256 of its bytes, in hex."""


@dataclass(frozen=True, slots=True)
class NewInventory:
    """An inventory on its way into the store."""

    inventory: Inventory
    document: bytes
    """The bytes that the inventory was read from."""
    owner: str
    by: str
    """Who adds it."""
    asset: str = ""
    """Name of the asset, for an inventory of one; empty: the inventory's own name."""
    exposed: str = ""
    """`yes`, `no` or `unknown`; empty: what the inventory says, else what was known before."""
    taken_at: datetime | None = None
    """When the asset looked like this; None: now, and the same document again is no news."""


@dataclass(frozen=True, slots=True)
class AddedInventory:
    """What adding one inventory did to one asset."""

    asset: Asset
    snapshot: int
    """Its number."""
    components: int
    unchanged: bool
    """It was there already, and nothing was written."""
    came: int = 0
    """Kinds that the snapshot before did not hold."""
    went: int = 0
    verified: tuple[str, ...] = ()
    """Vulnerabilities whose fix this inventory verifies."""
    contradicted: tuple[str, ...] = ()
    """Vulnerabilities that were said to be fixed and are still there."""
    returned: tuple[str, ...] = ()
    """Vulnerabilities that were verified as fixed and are there again."""
    not_verified: tuple[str, ...] = ()
    """Claims that this inventory neither verifies nor contradicts, each with the reason."""
    checklists: tuple[str, ...] = ()
    """Vulnerabilities for which a forensic checklist was opened."""
    not_compared: int = 0
    """Components that no index can be asked about."""


class AffectedAsset(NamedTuple):
    """One component on one asset is named by a record. A tuple, since one record may name tens of thousands."""

    owner: str
    asset: str
    component: Component
    """Without its ref: the snapshot has that."""
    words: str
    """The range or version that matched, in words; for an undecided one, why it could not be decided."""


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom a record touches."""

    affected: tuple[AffectedAsset, ...]
    """By owner, asset and component."""
    undecided: tuple[AffectedAsset, ...] = ()
    """The record names the package, and whether the version is affected cannot be decided."""
    problems: tuple[str, ...] = ()
    """What of the record could not be used."""

    @property
    def assets(self) -> int:
        """How many assets are affected."""
        return len({(each.owner, each.asset) for each in self.affected})


class KnownMatch(msgspec.Struct, frozen=True):
    """One distinct package version is affected by one vulnerability, or may be."""

    vulnerability: Vulnerability
    certain: bool
    """False: a doubt, and `words` say why."""
    words: str
    found_at: datetime
    """When this was first known here; kept when the version is matched again."""
    fixed: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    contradicted_by: tuple[str, ...] = ()
    fix_published: str = ""
    remedy: str = ""
    confidence: str = "exact"
    because: str = ""


class PackageVersion(msgspec.Struct, frozen=True):
    """One distinct version of one package or product: what an index is asked about, once."""

    package: str
    """Package key (`names.py`); for a product by name, `product_package`."""
    ecosystem: str
    version: str
    version_key: bytes | None
    """Place in the ecosystem's order; None: it is no version there."""
    product: ProductName | None = None
    """For a product by name."""
    key: int = NOTHING


class NewKind(msgspec.Struct, frozen=True):
    """A kind of component that the store has not seen yet."""

    kind: Component
    looked_up_as: tuple[PackageVersion, ...]
    """Usually one; a package of a distribution also goes by its binary package. Empty: no index can be asked."""
    reason: str = ""
    """Why not."""


class KnownKind(msgspec.Struct, frozen=True):
    """A kind of component as it is stored."""

    kind: Component
    versions: tuple[int, ...]
    """Keys of the package versions that it is looked up as, ascending; empty: no index can be asked about it."""
    reason: str = ""
    """Why not."""


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A package is there in another version."""

    before: Component
    after: Component


@dataclass(frozen=True, slots=True)
class Difference:
    """What came, went and changed its version. Each list is sorted and may repeat a kind that is there twice."""

    came: tuple[Component, ...] = ()
    went: tuple[Component, ...] = ()
    changed: tuple[VersionChange, ...] = ()


def product_package(product: ProductName) -> str:
    """Return the package key under which a product by name is kept: exactly as the inventory writes it."""
    return f"product:{product.vendor}\x1f{product.product}\x1f{product.cpe}"


def asset_id(owner: str, name: str) -> str:
    """Return `SWA-` and 16 hex digits: the same owner and name have the same id everywhere."""
    return derived_id("SWA", owner, name)


def kind_of(component: Component) -> Component:
    """Return what the component shares with others: everything but its ref and its asset."""
    return replace(component, ref="", asset="")


def difference(before: Iterable[Component], after: Iterable[Component]) -> Difference:
    """Compare two lists of components as multisets of kinds.

    A package that is only in one version before and only in another after has changed; where there are several
    versions of a package, they are paired in their written order, and what is left came or went.
    """
    old, new = Counter(map(kind_of, before)), Counter(map(kind_of, after))
    went: dict[str, list[Component]] = {}
    for kind in sorted((old - new).elements(), key=_place):
        went.setdefault(package_of(kind), []).append(kind)
    came, changed = [], []
    for kind in sorted((new - old).elements(), key=_place):
        partners = went.get(package_of(kind))
        if partners:
            changed.append(VersionChange(partners.pop(0), kind))
        else:
            came.append(kind)
    left = sorted((kind for kinds in went.values() for kind in kinds), key=_place)
    return Difference(tuple(came), tuple(left), tuple(changed))


def apply_difference(change: Difference, before: Sequence[Component]) -> list[Component]:
    """Return the kinds after a change, sorted.

    Raises:
        ValueError: Something that went was not there.
    """
    kinds = Counter(map(kind_of, before))
    kinds.subtract([*change.went, *(pair.before for pair in change.changed)])
    if any(count < 0 for count in kinds.values()):
        raise ValueError("the difference takes away what is not there")
    kinds.update([*change.came, *(pair.after for pair in change.changed)])
    return sorted(kinds.elements(), key=_place)


def _place(kind: Component) -> tuple[str, ...]:
    return (str(kind.purl or ""), kind.vendor, kind.name, kind.version, kind.cpe)


def package_of(kind: Component) -> str:
    """Return what a component shares with its other versions."""
    return str(kind.purl.at("")) if kind.purl else f"\x00{kind.vendor}\x00{kind.name}"
