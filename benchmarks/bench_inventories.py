"""A new advisory on a store of 10,000,000 components, and adding inventories in bulk; on SQLite and PostgreSQL.

The store is laid down by bulk statements, as it would be after 10,000 assets had been added one by one: 200,000
distinct package versions (40,000 packages of five), 1,000 on each asset, drawn by Zipf's law, so that few packages are
everywhere and most are rare. Time is that of `InventoryService.affected_assets`: from a record to the finished list.
The peer is what one does without such a store: ask every asset's component list about the record; a sample of assets
is asked, and the time for all is reckoned from it.

    python -m benchmarks.bench_inventories [--assets 10000] [--add 1000] [--only sqlite|postgresql]
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import secrets
import statistics
import sys
import tempfile
import time
from array import array
from bisect import bisect
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import sqlalchemy as sa
from tests import postgres

import seawall.entry.schema  # noqa: F401 - declares all tables
from seawall.kernel.clock import SystemClock
from seawall.kernel.purl import Purl
from seawall.kernel.versions import VersionRange
from seawall.platform.blobs import BlobRef, FolderBlobStore
from seawall.platform.database import METADATA, Database
from seawall.platform.keys import SigningKey
from seawall.platform.ledger.store import Ledger
from seawall.platform.units import ReadUnits, Units
from seawall.remediation.index import memory_index
from seawall.remediation.model import Affected, Asset, Component, Inventory, Record
from seawall.remediation.service import InventoryService
from seawall.remediation.store import SQLInventories, remediation_units
from seawall.remediation.stored.asking import new_kind
from seawall.remediation.stored.snapshots import Entry, NewInventory, Snapshot, StoredAsset

PACKAGES = 40_000
PER_PACKAGE = 5
"""Distinct versions of a package."""
PER_ASSET = 1_000
"""Components of an asset."""
GOAL = 0.050
"""Seconds from a new advisory to the list."""
ADDED = 50_000
"""Distinct package versions of the inventories that are added."""
RANKS = {"rare": PACKAGES - 10, "medium": 2_000, "popular": 1}
"""Places in the order of popularity of the packages that an advisory is about."""
ROUNDS = 21
SAMPLE = 100
"""Assets that the peer is asked about."""
SEED = 20261121
TAKEN = datetime(2026, 11, 1, tzinfo=UTC)


def package_of(rank: int) -> str:
    """Name the package at a place in the order of popularity, counted from 1."""
    return f"package-{rank:05d}"


def component_of(rank: int, minor: int) -> Component:
    return Component(Purl("pypi", "", package_of(rank), f"1.{minor}.0"), "")


KINDS = PACKAGES * PER_PACKAGE


class Draw:
    """Draws what is on an asset: distinct packages by Zipf's law, each in one version."""

    def __init__(self, seed: int, packages: int = PACKAGES) -> None:
        self._random = random.Random(seed)
        self._weights = list(accumulate(1 / rank for rank in range(1, packages + 1)))

    def asset(self) -> list[int]:
        """Return the numbers of `PER_ASSET` kinds: five for each package, in the packages' order."""
        total, weights, rand = self._weights[-1], self._weights, self._random.random
        ranks: dict[int, None] = {}
        while len(ranks) < PER_ASSET:
            ranks[bisect(weights, rand() * total)] = None
        return [rank * PER_PACKAGE + int(rand() * PER_PACKAGE) for rank in ranks]


@dataclass(frozen=True, slots=True)
class Home:
    """A database with what services need."""

    database: Database
    units: Units
    view: ReadUnits
    folder: Path


@contextmanager
def home(dialect: str) -> Iterator[Home]:
    """Open an empty database of a dialect."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'seawall.sqlite'}"
        if dialect == "postgresql":
            server = stack.enter_context(postgres.server())
            url = stack.enter_context(postgres.fresh_database(server, f"b{secrets.token_hex(4)}"))
        database = Database(url)
        stack.callback(database.close)
        METADATA.create_all(database.engine)
        ledger = Ledger("bench.example/ledger", SigningKey.load_or_create(folder / "ledger.key"))
        yield Home(database, Units(database, ledger), ReadUnits(database, ledger), folder)


def lay_down(place: Home, assets: int) -> None:
    """Fill a store as `assets` single additions would have."""
    catalogue = [component_of(rank + 1, minor) for rank in range(PACKAGES) for minor in range(PER_PACKAGE)]
    with place.database.begin() as connection:
        store = SQLInventories(connection)
        keys: list[int] = []
        for start in range(0, KINDS, 5_000):
            chunk = catalogue[start : start + 5_000]
            stored = store.add_kinds([new_kind(component) for component in chunk])
            keys += [stored[component] for component in chunk]
        connection.execute(sa.text("UPDATE inventory_version SET matched_at = 0"))
    draw, where = Draw(SEED), [array("I") for _ in range(KINDS)]
    day = TAKEN.date()
    for start in range(0, assets, 250):
        with place.database.begin() as connection:
            store = SQLInventories(connection)
            for number in range(start, min(start + 250, assets)):
                asset = store.save_asset(
                    StoredAsset(Asset(f"asset-{number}", "unknown", f"member-{number % 97}"), snapshot=1)
                )
                kinds = draw.asset()
                for kind in kinds:
                    where[kind].append(asset.key)
                store.add_snapshot(_snapshot(asset.key), [Entry(keys[kind], day, _ref(number, kind)) for kind in kinds])
        _progress("laid down", start + 250, assets)
    pairs = ((keys[kind], asset) for kind in range(KINDS) for asset in sorted(where[kind]))
    with place.database.begin() as connection:
        _bulk(connection, pairs)
    if not place.database.is_sqlite:
        with place.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _bulk(connection: sa.Connection, pairs: Iterator[tuple[int, int]]) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 - a connection that is open has one
    if connection.dialect.name == "sqlite":
        raw.executemany("INSERT INTO inventory_installed (kind_id, asset_id) VALUES (?, ?)", pairs)
        return
    with raw.cursor() as cursor, cursor.copy("COPY inventory_installed (kind_id, asset_id) FROM STDIN") as copy:
        for pair in pairs:
            copy.write_row(pair)


def _snapshot(asset: int) -> Snapshot:
    return Snapshot(asset, 1, "0" * 64, "bench", TAKEN, TAKEN, "bench", PER_ASSET)


def _ref(asset: int, kind: int) -> str:
    unique = (asset * KINDS + kind) * 0x9E3779B97F4A7C15 % (1 << 64)  # looks as arbitrary as tools' own do
    return f"pkg:pypi/{package_of(kind // PER_PACKAGE + 1)}@1.{kind % PER_PACKAGE}.0?package-id={unique:016x}"


def advisory(rank: int) -> Record:
    """Return a record about the first three of a package's five versions."""
    versions = VersionRange.from_osv("PyPI", [[("introduced", "0"), ("fixed", "1.3.0")]])
    name = f"CVE-2026-{rank:06d}"
    return Record(name, (name,), "bench", "osv", "0" * 64, affected=(Affected(f"pypi/{package_of(rank)}", versions),))


def ask(place: Home, assets: int) -> bool:
    """Time an advisory about a rare, a medium and a popular package; return whether all are within the goal."""
    with place.database.read() as connection:
        stored = connection.execute(sa.text("SELECT count(*) FROM inventory_installed")).scalar_one()
    print(f"  {stored:,} components on {assets:,} assets, {KINDS:,} distinct package versions")
    within = True
    for name, rank in RANKS.items():
        record = advisory(rank)
        place.database.close()  # the first question of a new connection, with nothing in the database's own cache
        service = InventoryService(remediation_units(place.view), FolderBlobStore(place.folder), SystemClock())
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            impact = service.affected_assets(record)
            times.append(time.perf_counter() - started)
        median = statistics.median(times[1:])
        within &= median <= GOAL
        peer = ask_everyone(place, record, assets)
        print(
            f"  {name:8} {impact.assets:6,} assets  first {times[0] * 1e3:6.1f} ms  median {median * 1e3:6.1f} ms"
            f"  worst {max(times[1:]) * 1e3:6.1f} ms   each asset's list: {peer:6.1f} s, {peer / median:,.0f} x"
        )
    return within


def ask_everyone(place: Home, record: Record, assets: int) -> float:
    """Return the seconds that it would take to hold every asset's components against a record."""
    service = InventoryService(remediation_units(place.view), FolderBlobStore(place.folder), SystemClock())
    entry = record.affected[0]
    started = time.perf_counter()
    for number in range(min(SAMPLE, assets)):
        for component in service.components(f"member-{number % 97}", f"asset-{number}"):
            if component.purl and f"pypi/{component.purl.name}" == entry.package:
                entry.versions.contains(component.purl.version)
    return (time.perf_counter() - started) * assets / min(SAMPLE, assets)


class NoDocuments:
    """Keeps no bytes: what the disk takes to sync a file is measured apart."""

    def put(self, source: object, *, limit: int) -> BlobRef:
        """See `DocumentStore.put`."""
        del source, limit
        return BlobRef("", 0)


def add(place: Home, count: int) -> None:
    """Time adding inventories of `ADDED` distinct versions, matched against an index of 20,000 advisories.

    Every fifth package has one, which affects three of its five versions: 12 % of the distinct versions, far more than
    is usual.
    """
    packages = ADDED // PER_PACKAGE
    records = [advisory(rank) for rank in (*range(1, packages, 5), *range(packages, packages + 18_000))]
    draw, made = Draw(SEED + 1, packages), []
    shared: dict[int, Component] = {}
    for number in range(count):
        components = []
        for kind in draw.asset():
            known = shared.setdefault(kind, component_of(kind // PER_PACKAGE + 1, kind % PER_PACKAGE))
            components.append(Component(known.purl, _ref(number, kind)))
        document = f"inventory {number}".encode()
        found = Inventory(f"asset-{number}", sha256(document).hexdigest(), tuple(components))
        made.append(NewInventory(found, document, f"member-{number % 97}", "bench", taken_at=TAKEN))
    gc.collect()
    gc.freeze()
    with memory_index(records) as index:
        service = InventoryService(remediation_units(place.units), NoDocuments(), SystemClock(), index=index)
        processor = time.process_time()
        started = time.perf_counter()
        added = sum(result.components for results in service.add_many(made) for result in results)
        seconds = time.perf_counter() - started
        processor = time.process_time() - processor
    gc.unfreeze()
    with place.database.read() as connection:
        stored = connection.execute(sa.text("SELECT count(*) FROM inventory_installed")).scalar_one()
        versions = connection.execute(sa.text("SELECT count(*) FROM inventory_version")).scalar_one()
    assert stored == added == count * PER_ASSET, "a component was lost"  # noqa: S101 - a benchmark of wrong results is none
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  added {count:,} inventories of {PER_ASSET:,}: {seconds:.1f} s, {added / seconds:,.0f} components/s "
        f"({processor:.1f} s of processor time, {added / processor:,.0f}/s), "
        f"{versions:,} distinct versions matched, peak {peak:,.0f} MiB"
    )


def sync_documents(count: int) -> None:
    """Time what is left out above: the durable keeping of so many documents."""
    with tempfile.TemporaryDirectory() as folder:
        blobs = FolderBlobStore(Path(folder))
        started = time.perf_counter()
        for number in range(count):
            blobs.put(f"{number}".encode() * 20_000, limit=1 << 30)
        print(f"  keeping {count:,} documents durably: {time.perf_counter() - started:.1f} s of waiting for the disk")


def _progress(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{what}: {done:,} of {total:,} ")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--add", type=int, default=1_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    assert date.today() >= TAKEN.date()  # noqa: DTZ011, S101 - a clock that is wrong makes all inventories of the future
    sync_documents(options.add)
    for dialect in (options.only,) if options.only else ("sqlite", "postgresql"):
        if dialect == "postgresql" and postgres.missing():
            print(f"{dialect}: {postgres.missing()}")
            continue
        print(f"{dialect}:")
        with home(dialect) as place:
            add(place, options.add)
        with home(dialect) as place:
            started = time.perf_counter()
            lay_down(place, options.assets)
            print(f"  laid down in {time.perf_counter() - started:.0f} s")
            within = ask(place, options.assets)
            print(f"  goal of {GOAL * 1e3:.0f} ms: {'reached' if within else 'MISSED'}")


if __name__ == "__main__":
    main()
