"""Fakes of this room's stores, in memory. They do not roll back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import BinaryIO

from msgspec import structs

from seawall.kernel.events import Event
from seawall.remediation.model import Component, ProductName
from seawall.remediation.products import candidate_tokens
from seawall.remediation.stored.forensics import Checklist, StepRecord
from seawall.remediation.stored.ports import HeardStatement, InstalledKind
from seawall.remediation.stored.report_back import ReportBack
from seawall.remediation.stored.snapshots import (
    NOTHING,
    Entry,
    KeptSnapshot,
    KnownKind,
    KnownMatch,
    NewKind,
    PackageVersion,
    Snapshot,
    StoredAsset,
)


class MemoryMatches:
    """`MatchStore` in dictionaries."""

    def __init__(self) -> None:
        self.by_key: dict[int, PackageVersion] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._matches: dict[int, tuple[KnownMatch, ...]] = {}
        self._asked: set[int] = set()

    def add(self, version: PackageVersion) -> int:
        """Return the key of a version, a new one if it is new."""
        key = self._keys.setdefault((version.package, version.version), len(self._keys) + 1)
        self.by_key.setdefault(key, structs.replace(version, key=key))
        return key

    def unmatched(self, limit: int) -> list[PackageVersion]:
        """See `MatchStore.unmatched`."""
        return [version for key, version in sorted(self.by_key.items()) if key not in self._asked][:limit]

    def versions(self, after: int, limit: int) -> list[PackageVersion]:
        """See `MatchStore.versions`."""
        return [version for key, version in sorted(self.by_key.items()) if key > after][:limit]

    def versions_of(self, packages: Collection[str]) -> list[PackageVersion]:
        """See `MatchStore.versions_of`."""
        return [version for version in self.by_key.values() if version.package in packages]

    def versions_within(
        self, package: str, spans: Sequence[tuple[bytes, bytes | None]], listed: Collection[str]
    ) -> list[PackageVersion]:
        """See `MatchStore.versions_within`."""

        def fits(version: PackageVersion) -> bool:
            key = version.version_key
            if key is None or version.version in listed:
                return True
            return any(low <= key and (high is None or key < high) for low, high in spans)

        return [version for version in self.versions_of([package]) if fits(version)]

    def products(self, tokens: Collection[str]) -> dict[str, ProductName]:
        """See `MatchStore.products`."""
        return {
            version.package: version.product
            for version in self.by_key.values()
            if version.product is not None and not set(tokens).isdisjoint(candidate_tokens(version.product))
        }

    def matches(self, versions: Collection[int]) -> dict[int, tuple[KnownMatch, ...]]:
        """See `MatchStore.matches`."""
        return {key: self._matches[key] for key in versions if self._matches.get(key)}

    def set_matches(self, matches: Mapping[int, Sequence[KnownMatch]], at: datetime) -> None:
        """See `MatchStore.set_matches`."""
        del at
        self._asked |= matches.keys()
        self._matches |= {key: tuple(own) for key, own in matches.items()}

    def packages_with(self, identifiers: Collection[str]) -> set[str]:
        """See `MatchStore.packages_with`."""
        wanted = set(identifiers)
        return {
            self.by_key[key].package
            for key, own in self._matches.items()
            if any(not wanted.isdisjoint((m.vulnerability.id, *m.vulnerability.identifiers)) for m in own)
        }


class MemoryInventories:
    """`InventoryStore` in dictionaries."""

    def __init__(self, matches: MemoryMatches) -> None:
        self._matches = matches
        self._assets: dict[int, StoredAsset] = {}
        self._kinds: dict[int, KnownKind] = {}
        self._snapshots: dict[int, list[tuple[Snapshot, tuple[Entry, ...]]]] = {}
        self.now: set[tuple[int, int]] = set()
        """Kind and asset of all that is installed."""

    def asset(self, owner: str, name: str) -> StoredAsset | None:
        """See `InventoryStore.asset`."""
        return next((s for s in self._assets.values() if (s.asset.owner, s.asset.name) == (owner, name)), None)

    def assets(self, owner: str = "") -> list[StoredAsset]:
        """See `InventoryStore.assets`."""
        found = [stored for stored in self._assets.values() if owner in {"", stored.asset.owner}]
        return sorted(found, key=lambda stored: (stored.asset.owner, stored.asset.name))

    def save_asset(self, asset: StoredAsset) -> StoredAsset:
        """See `InventoryStore.save_asset`."""
        stored = replace(asset, key=len(self._assets) + 1) if asset.key == NOTHING else asset
        self._assets[stored.key] = stored
        return stored

    def known_kinds(self, kinds: Collection[Component]) -> dict[Component, int]:
        """See `InventoryStore.known_kinds`."""
        wanted = set(kinds)
        return {known.kind: key for key, known in self._kinds.items() if known.kind in wanted}

    def add_kinds(self, kinds: Sequence[NewKind]) -> dict[Component, int]:
        """See `InventoryStore.add_kinds`."""
        for new in kinds:
            if not self.known_kinds([new.kind]):
                versions = tuple(sorted({self._matches.add(version) for version in new.looked_up_as}))
                self._kinds[len(self._kinds) + 1] = KnownKind(new.kind, versions, new.reason)
        return self.known_kinds([new.kind for new in kinds])

    def kinds(self, keys: Collection[int]) -> dict[int, KnownKind]:
        """See `InventoryStore.kinds`."""
        return {key: self._kinds[key] for key in keys}

    def versions_of(self, kinds: Collection[int]) -> dict[int, tuple[int, ...]]:
        """See `InventoryStore.versions_of`."""
        return {key: self._kinds[key].versions for key in kinds}

    def add_snapshot(self, snapshot: Snapshot, entries: Sequence[Entry]) -> KeptSnapshot:
        """See `InventoryStore.add_snapshot`."""
        kept = replace(snapshot, entries_digest=_digest(entries))
        self._snapshots.setdefault(snapshot.asset, []).append((kept, tuple(entries)))
        return KeptSnapshot(kept, _digest(kept))

    def snapshots(self, asset: int) -> list[Snapshot]:
        """See `InventoryStore.snapshots`."""
        return [snapshot for snapshot, _ in self._snapshots.get(asset, ())]

    def snapshot(self, asset: int, number: int) -> Snapshot | None:
        """See `InventoryStore.snapshot`."""
        return next((each for each in self.snapshots(asset) if each.number == number), None)

    def entries(self, asset: int, number: int) -> list[Entry]:
        """See `InventoryStore.entries`."""
        own = self._snapshots.get(asset, ())
        return next((list(entries) for snapshot, entries in own if snapshot.number == number), [])

    def change_installed(self, came: Collection[tuple[int, int]], went: Collection[tuple[int, int]]) -> None:
        """See `InventoryStore.change_installed`."""
        self.now = (self.now - set(went)) | set(came)

    def looked_up_as(self, versions: Collection[int]) -> dict[int, KnownKind]:
        """See `InventoryStore.looked_up_as`."""
        return {key: known for key, known in self._kinds.items() if not set(versions).isdisjoint(known.versions)}

    def installed(self, kinds: Collection[int]) -> list[InstalledKind]:
        """See `InventoryStore.installed`."""
        here = ((self._assets[asset].asset, kind) for kind, asset in self.now if kind in kinds)
        return sorted(InstalledKind(asset.owner, asset.name, kind) for asset, kind in here)


class MemoryExposures:
    """`ExposureStore` in dictionaries."""

    def __init__(self) -> None:
        self._first_seen: dict[int, dict[str, date]] = {}
        self._reports: dict[int, list[ReportBack]] = {}
        self._checklists: dict[int, list[Checklist]] = {}
        self._statements: list[HeardStatement] = []

    def first_seen(self, asset: int) -> dict[str, date]:
        """See `ExposureStore.first_seen`."""
        return dict(self._first_seen.get(asset, {}))

    def set_first_seen(self, asset: int, days: Mapping[str, date | None]) -> None:
        """See `ExposureStore.set_first_seen`."""
        merged: dict[str, date | None] = {**self.first_seen(asset), **days}
        self._first_seen[asset] = {name: day for name, day in merged.items() if day is not None}

    def reports(self, asset: int) -> list[ReportBack]:
        """See `ExposureStore.reports`."""
        return list(self._reports.get(asset, ()))

    def add_report(self, asset: int, report: ReportBack) -> str:
        """See `ExposureStore.add_report`."""
        self._reports.setdefault(asset, []).append(report)
        return _digest(report)

    def checklists(self, asset: int) -> list[Checklist]:
        """See `ExposureStore.checklists`."""
        return list(self._checklists.get(asset, ()))

    def open_checklist(self, asset: int, checklist: Checklist) -> str:
        """See `ExposureStore.open_checklist`."""
        self._checklists.setdefault(asset, []).append(checklist)
        return _digest(checklist)

    def add_step(self, asset: int, checklist: Checklist, record: StepRecord) -> str:
        """See `ExposureStore.add_step`."""
        own = self._checklists[asset]
        own[own.index(checklist)] = replace(checklist, records=(*checklist.records, record))
        return _digest(record)

    def statements(self, identifiers: Collection[str]) -> list[HeardStatement]:
        """See `ExposureStore.statements`."""
        return [heard for heard in self._statements if heard.filed_under in identifiers]

    def add_statement(self, heard: HeardStatement) -> str:
        """See `ExposureStore.add_statement`."""
        if any((each.statement, each.owner) == (heard.statement, heard.owner) for each in self._statements):
            return ""
        self._statements.append(heard)
        return _digest(heard)


@dataclass(slots=True)
class MemoryRemediation:
    """A unit that does not roll back."""

    matches: MemoryMatches = field(default_factory=MemoryMatches)
    exposures: MemoryExposures = field(default_factory=MemoryExposures)
    events: list[Event] = field(default_factory=list)
    inventories: MemoryInventories = field(init=False)

    def __post_init__(self) -> None:
        self.inventories = MemoryInventories(self.matches)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self.events.append(event)

    @contextmanager
    def open(self) -> Iterator[MemoryRemediation]:
        """What a service takes as `open_unit`."""
        yield self


class MemoryDocuments:
    """`DocumentStore` in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, source: BinaryIO | bytes, *, limit: int) -> object:
        """See `DocumentStore.put`."""
        data = source if isinstance(source, bytes) else source.read()
        if len(data) > limit:
            raise ValueError("beyond the limit")
        return self.kept.setdefault(sha256(data).hexdigest(), data)


def _digest(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()
