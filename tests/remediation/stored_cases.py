"""What the tests of stored inventories share: records, an index made of them, and a bench for fake and databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256

from seawall.kernel.errors import SeawallError
from seawall.kernel.purl import parse_purl
from seawall.kernel.testing import FixedClock
from seawall.kernel.versions import VersionRange
from seawall.priority import Point, Signal
from seawall.remediation.model import (
    Affected,
    Answer,
    Asset,
    Component,
    Doubt,
    Hit,
    Inventory,
    ProductName,
    Record,
    Vulnerability,
)
from seawall.remediation.names import Lookup
from seawall.remediation.ports import IndexInfo, Rulings
from seawall.remediation.products import compare
from seawall.remediation.report_service import ReportBackService
from seawall.remediation.service import InventoryService
from seawall.remediation.stored.ports import RemediationUnit
from seawall.remediation.stored.snapshots import NewInventory
from seawall.remediation.testing import MemoryDocuments

OWNER = "St Mary"
KNOWN = datetime(2026, 1, 1, tzinfo=UTC)


def affected(package: str, fixed: str, introduced: str = "0") -> Affected:
    ecosystem = {"pypi": "PyPI", "npm": "npm"}[package.partition("/")[0]]
    events = [("introduced", introduced), *([("fixed", fixed)] if fixed else [])]
    return Affected(package, VersionRange.from_osv(ecosystem, [events]))


def record(name: str, *entries: Affected, aliases: tuple[str, ...] = (), withdrawn: bool = False) -> Record:
    identifiers = tuple(sorted({name, *aliases}))
    return Record(name, identifiers, f"about {name}", "osv", "0" * 64, affected=entries, withdrawn=withdrawn)


@dataclass(slots=True)
class RecordIndex:
    """A `VulnerabilityIndex` on a list of records; counts what it is asked."""

    records: list[Record] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    asked: list[Lookup] = field(default_factory=list)

    @property
    def info(self) -> IndexInfo:
        return IndexInfo(1, len(self.records), len(self.records), ())

    def look_up(self, lookup: Lookup) -> Answer:
        self.asked.append(lookup)
        return self._answer(lookup.version, lambda entry: entry.package == lookup.package)

    def look_up_product(self, product: ProductName, version: str, rulings: Rulings | None = None) -> Answer:
        return self._answer(version, lambda entry: entry.product is not None and compare(product, entry.product))

    def series(self, identifiers: Collection[str]) -> Mapping[str, Sequence[Signal]]:
        return {name: [s for s in self.signals if s.identifier == name] for name in identifiers}

    def exploited(self, name: str) -> None:
        """Have everything said that leads to 3DF on an exposed asset."""
        for point, value in ((Point.KEV, "yes"), (Point.AUTOMATABLE, "yes"), (Point.TECHNICAL_IMPACT, "total")):
            self.signals.append(Signal(name, point, value, "CISA", KNOWN))

    def _answer(self, version: str, fits: Callable[[Affected], object]) -> Answer:
        hits, doubts = [], []
        for each in self.records:
            known = Vulnerability(each.id, each.identifiers, each.title, records=(f"osv:{each.id}",))
            for entry in each.affected if not each.withdrawn else ():
                if not fits(entry):
                    continue
                try:
                    match = entry.versions.contains(version)
                except SeawallError as error:
                    doubts.append(Doubt(known, error.message))
                    break
                if match is not None:
                    hits.append(Hit(known, match.words, (match.fixed,) if match.fixed else ()))
                    break
        return Answer(tuple(hits), tuple(doubts))


def component(text: str, ref: str = "", asset: str = "") -> Component:
    return Component(parse_purl(text), ref or text, asset=asset)


def inventory(
    *purls: str, name: str = "pump-1", unreadable: tuple[str, ...] = (), assets: tuple[Asset, ...] = ()
) -> Inventory:
    components = tuple(component(text) for text in purls)
    body = json.dumps([name, purls, unreadable]).encode()
    return Inventory(name, sha256(body).hexdigest(), components, unreadable, "test", assets)


def new(found: Inventory, taken_at: datetime | None = None, **more: str) -> NewInventory:
    return replace(NewInventory(found, found.digest.encode(), OWNER, "Kim", taken_at=taken_at), **more)


@dataclass(slots=True)
class Bench:
    """Both services on one store."""

    open_unit: Callable[[], AbstractContextManager[RemediationUnit]]
    clock: FixedClock
    events: Callable[[], list[str]]
    index: RecordIndex = field(default_factory=RecordIndex)
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)

    @property
    def service(self) -> InventoryService:
        return InventoryService(self.open_unit, self.documents, self.clock, index=self.index)

    @property
    def blind(self) -> InventoryService:
        """Without an index."""
        return InventoryService(self.open_unit, self.documents, self.clock)

    @property
    def reports(self) -> ReportBackService:
        return ReportBackService(self.open_unit, self.clock, signals=self.index)
