"""What keeping inventories needs from outside: three stores in one unit of work, and a place for documents.

These ports are apart from `ports.py`, since `seawall check` asks an index and keeps nothing, and should not pay for
them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, NamedTuple, Protocol

from seawall.kernel.events import Recorder
from seawall.remediation.model import Component, ProductName, VexStatement
from seawall.remediation.stored.forensics import Checklist, StepRecord
from seawall.remediation.stored.report_back import ReportBack
from seawall.remediation.stored.snapshots import (
    Entry,
    KeptSnapshot,
    KnownKind,
    KnownMatch,
    NewKind,
    PackageVersion,
    Snapshot,
    StoredAsset,
)


class InventoryStore(Protocol):
    """Keeps assets, snapshots and what they are made of. A snapshot never changes."""

    def asset(self, owner: str, name: str) -> StoredAsset | None:
        """Return an asset, or None."""
        ...

    def assets(self, owner: str = "") -> Sequence[StoredAsset]:
        """Return all assets by owner and name; those of one owner, where one is given."""
        ...

    def save_asset(self, asset: StoredAsset) -> StoredAsset:
        """Add an asset, or replace the properties and the present snapshot of one; return it with its key."""
        ...

    def known_kinds(self, kinds: Collection[Component]) -> dict[Component, int]:
        """Return the keys of those kinds that are stored."""
        ...

    def add_kinds(self, kinds: Sequence[NewKind]) -> dict[Component, int]:
        """Store kinds and the package versions that they are looked up as, each once; return their keys."""
        ...

    def kinds(self, keys: Collection[int]) -> dict[int, KnownKind]:
        """Return kinds by key."""
        ...

    def versions_of(self, kinds: Collection[int]) -> dict[int, tuple[int, ...]]:
        """Return the package versions that kinds are looked up as, ascending: what `kinds` says, but without bodies."""
        ...

    def add_snapshot(self, snapshot: Snapshot, entries: Sequence[Entry]) -> KeptSnapshot:
        """Add a snapshot and return it with the digest of its entries, and its own."""
        ...

    def snapshots(self, asset: int) -> Sequence[Snapshot]:
        """Return the snapshots of an asset, oldest first."""
        ...

    def snapshot(self, asset: int, number: int) -> Snapshot | None:
        """Return one snapshot, or None."""
        ...

    def entries(self, asset: int, number: int) -> Sequence[Entry]:
        """Return the components of a snapshot in the document's order."""
        ...

    def change_installed(self, came: Collection[tuple[int, int]], went: Collection[tuple[int, int]]) -> None:
        """Note that kinds came to assets, and went from them: pairs of kind and asset, by key."""
        ...

    def looked_up_as(self, versions: Collection[int]) -> dict[int, KnownKind]:
        """Return the kinds that are looked up as one of these package versions, by key."""
        ...

    def installed(self, kinds: Collection[int]) -> list[InstalledKind]:
        """Return where kinds are installed now, each place once, by owner, asset and kind."""
        ...


class InstalledKind(NamedTuple):
    """A kind of component is on an asset now. A tuple, since one record may touch tens of thousands."""

    owner: str
    asset: str
    kind: int
    """Key of the kind."""


class MatchStore(Protocol):
    """Keeps what is known about each distinct package version."""

    def unmatched(self, limit: int) -> Sequence[PackageVersion]:
        """Return package versions that no index was asked about yet, at most `limit`, by key."""
        ...

    def versions(self, after: int, limit: int) -> Sequence[PackageVersion]:
        """Return package versions whose key is above `after`, at most `limit`, by key."""
        ...

    def versions_of(self, packages: Collection[str]) -> Sequence[PackageVersion]:
        """Return all versions of packages."""
        ...

    def versions_within(
        self, package: str, spans: Sequence[tuple[bytes, bytes | None]], listed: Collection[str]
    ) -> Sequence[PackageVersion]:
        """Return the versions of a package that lie in half-open spans or are listed, and those without a key."""
        ...

    def products(self, tokens: Collection[str]) -> dict[str, ProductName]:
        """Return the products by name that share one of these `products.candidate_tokens`, by package key."""
        ...

    def matches(self, versions: Collection[int]) -> dict[int, tuple[KnownMatch, ...]]:
        """Return what is known about package versions; those about which nothing is known are left out."""
        ...

    def set_matches(self, matches: Mapping[int, Sequence[KnownMatch]], at: datetime) -> None:
        """Replace what is known about package versions, and note when an index was asked about them."""
        ...

    def packages_with(self, identifiers: Collection[str]) -> set[str]:
        """Return the packages that have a match with a vulnerability that has one of these identifiers."""
        ...


class ExposureStore(Protocol):
    """Keeps what belongs to one vulnerability on one asset. Nothing is overwritten but the day first seen."""

    def first_seen(self, asset: int) -> dict[str, date]:
        """Return, by identifier, days that were carried over from versions that are not there any more."""
        ...

    def set_first_seen(self, asset: int, days: Mapping[str, date | None]) -> None:
        """Set such days; None removes one."""
        ...

    def reports(self, asset: int) -> Sequence[ReportBack]:
        """Return all steps of all exposures of an asset, oldest first."""
        ...

    def add_report(self, asset: int, report: ReportBack) -> str:
        """Add a step and return SHA-256 of its bytes, in hex."""
        ...

    def checklists(self, asset: int) -> Sequence[Checklist]:
        """Return the forensic checklists of an asset, oldest first."""
        ...

    def open_checklist(self, asset: int, checklist: Checklist) -> str:
        """Add a checklist and return SHA-256 of its bytes, in hex."""
        ...

    def add_step(self, asset: int, checklist: Checklist, record: StepRecord) -> str:
        """Add a record to a checklist that is there, and return SHA-256 of its bytes, in hex."""
        ...

    def statements(self, identifiers: Collection[str]) -> Sequence[HeardStatement]:
        """Return what was said by VEX about vulnerabilities, oldest first."""
        ...

    def add_statement(self, heard: HeardStatement) -> str:
        """Add a statement and return SHA-256 of its bytes, in hex; empty if it is there already."""
        ...


@dataclass(frozen=True, slots=True)
class HeardStatement:
    """A VEX statement and whose assets it may be shown with."""

    statement: VexStatement
    owner: str
    """Empty: everybody's, as a vendor's; else the member's who said it of its own assets."""
    heard_at: datetime

    @property
    def filed_under(self) -> str:
        """The one identifier under which it is found: the CVE's if it names one, else as its author calls it."""
        said = self.statement
        return next(
            (name for name in (said.vulnerability, *said.aliases) if name.startswith("CVE-")), said.vulnerability
        )


class RemediationUnit(Recorder, Protocol):
    """One transaction of this room."""

    @property
    def inventories(self) -> InventoryStore:
        """Assets and snapshots."""
        ...

    @property
    def matches(self) -> MatchStore:
        """What is known about package versions."""
        ...

    @property
    def exposures(self) -> ExposureStore:
        """Report-back, forensics, VEX."""
        ...


class DocumentStore(Protocol):
    """Keeps documents by digest; see `platform.blobs.BlobStore`."""

    def put(self, source: BinaryIO | bytes, *, limit: int) -> object:
        """Store a document of at most `limit` bytes durably."""
        ...
