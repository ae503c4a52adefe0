"""`InventoryStore` on SQLAlchemy Core. Millions of rows go in by one statement each way: see `change_installed`."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.remediation.model import Asset, Component
from seawall.remediation.products import candidate_tokens
from seawall.remediation.store.bulk import Bulk
from seawall.remediation.store.tables import (
    ASSET,
    INSTALLED,
    KIND,
    KIND_VERSION,
    PACKAGE,
    PRODUCT_TOKEN,
    SNAPSHOT,
    VERSION,
    chunks,
    microseconds,
)
from seawall.remediation.stored.attesting import entries_digest
from seawall.remediation.stored.ports import InstalledKind
from seawall.remediation.stored.snapshots import (
    NOTHING,
    Entry,
    KeptSnapshot,
    KnownKind,
    NewKind,
    PackageVersion,
    Snapshot,
    StoredAsset,
)

_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(tuple[list[int], list[int], list[str]])
_KIND: Final = msgspec.json.Decoder(Component)
_COMPRESSION: Final = 1
"""Level of zlib: refs are long and alike, and most of the gain comes at once."""
_LARGEST_ENTRIES: Final = 1 << 30
"""Bytes of a snapshot's entries, unpacked: ours, but read from a disk."""


class SQLInventories:
    """`InventoryStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._bulk = Bulk(connection)
        self._digests: dict[int, bytes] = {}
        """Of kinds that were met in this transaction, by key."""

    # --- assets

    def asset(self, owner: str, name: str) -> StoredAsset | None:
        """See `InventoryStore.asset`."""
        statement = sa.select(ASSET).where(ASSET.c.owner == owner, ASSET.c.name == name)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _asset(row)

    def assets(self, owner: str = "") -> list[StoredAsset]:
        """See `InventoryStore.assets`."""
        statement = sa.select(ASSET)
        if owner:
            statement = statement.where(ASSET.c.owner == owner)
        found = [_asset(row) for row in self._connection.execute(statement)]
        return sorted(found, key=lambda each: (each.asset.owner, each.asset.name))

    def save_asset(self, asset: StoredAsset) -> StoredAsset:
        """See `InventoryStore.save_asset`."""
        own = asset.asset
        values = {"exposed": own.exposed, "environment": own.environment, "snapshot": asset.snapshot}
        if asset.key == NOTHING:
            added = sa.insert(ASSET).values(owner=own.owner, name=own.name, **values).returning(ASSET.c.id)
            return replace(asset, key=self._connection.execute(added).scalar_one())
        self._connection.execute(sa.update(ASSET).where(ASSET.c.id == asset.key).values(**values))
        return asset

    # --- kinds

    def known_kinds(self, kinds: Collection[Component]) -> dict[Component, int]:
        """See `InventoryStore.known_kinds`."""
        digests = {_digest(_body(kind)): kind for kind in kinds}
        return {digests[digest]: key for digest, key in self._kind_keys(digests)}

    def add_kinds(self, kinds: Sequence[NewKind]) -> dict[Component, int]:
        """See `InventoryStore.add_kinds`."""
        versions = self._add_versions([version for new in kinds for version in new.looked_up_as])
        bodies = {_digest(body): (body, new) for new in kinds for body in (_body(new.kind),)}
        rows = [(digest, body, new.reason) for digest, (body, new) in bodies.items()]
        self._bulk.add((KIND.c.digest, KIND.c.body, KIND.c.reason), sorted(rows))
        keys = dict(self._kind_keys(bodies))
        links = {
            (versions[version.package, version.version], keys[digest])
            for digest, (_, new) in bodies.items()
            for version in new.looked_up_as
        }
        self._bulk.add((KIND_VERSION.c.version_id, KIND_VERSION.c.kind_id), sorted(links))
        return {bodies[digest][1].kind: key for digest, key in keys.items()}

    def kinds(self, keys: Collection[int]) -> dict[int, KnownKind]:
        """See `InventoryStore.kinds`."""
        links = self.versions_of(keys)
        return {
            key: KnownKind(_KIND.decode(body), links[key], reason)
            for rows in self._bulk.among("SELECT id, body, reason FROM inventory_kind WHERE id", keys)
            for key, body, reason in rows
        }

    def versions_of(self, kinds: Collection[int]) -> dict[int, tuple[int, ...]]:
        """See `InventoryStore.versions_of`."""
        links: dict[int, list[int]] = {kind: [] for kind in kinds}
        for rows in self._bulk.among("SELECT kind_id, version_id FROM inventory_kind_version WHERE kind_id", kinds):
            for kind, version in rows:
                links[kind].append(version)
        return {kind: tuple(sorted(versions)) for kind, versions in links.items()}

    # --- snapshots

    def add_snapshot(self, snapshot: Snapshot, entries: Sequence[Entry]) -> KeptSnapshot:
        """See `InventoryStore.add_snapshot`."""
        columns = ([e.kind for e in entries], [e.since.toordinal() for e in entries], [e.ref for e in entries])
        packed = _PACK.encode(columns)
        digests = self._digests_of(set(columns[0]))
        kept = replace(snapshot, entries_digest=entries_digest(packed, [digests[kind] for kind in columns[0]]))
        body = msgspec.json.encode(kept, order="deterministic")
        self._connection.execute(
            sa.insert(SNAPSHOT).values(
                asset_id=kept.asset,
                number=kept.number,
                digest=kept.digest,
                taken_at=microseconds(kept.taken_at),
                body=body,
                entries=zlib.compress(packed, _COMPRESSION),
            )
        )
        return KeptSnapshot(kept, sha256(body).hexdigest())

    def snapshots(self, asset: int) -> list[Snapshot]:
        """See `InventoryStore.snapshots`."""
        statement = sa.select(SNAPSHOT.c.body).where(SNAPSHOT.c.asset_id == asset).order_by(SNAPSHOT.c.number)
        return [_snapshot(body) for body in self._connection.execute(statement).scalars()]

    def snapshot(self, asset: int, number: int) -> Snapshot | None:
        """See `InventoryStore.snapshot`."""
        statement = sa.select(SNAPSHOT.c.body).where(SNAPSHOT.c.asset_id == asset, SNAPSHOT.c.number == number)
        body = self._connection.execute(statement).scalar_one_or_none()
        return None if body is None else _snapshot(body)

    def entries(self, asset: int, number: int) -> list[Entry]:
        """See `InventoryStore.entries`."""
        statement = sa.select(SNAPSHOT.c.entries).where(SNAPSHOT.c.asset_id == asset, SNAPSHOT.c.number == number)
        packed = self._connection.execute(statement).scalar_one_or_none()
        if packed is None:
            return []
        kinds, days, refs = _UNPACK.decode(zlib.decompressobj().decompress(packed, _LARGEST_ENTRIES))
        dates = {day: date.fromordinal(day) for day in set(days)}
        return [Entry(kind, dates[day], ref) for kind, day, ref in zip(kinds, days, refs, strict=True)]

    # --- what is installed now

    def change_installed(self, came: Collection[tuple[int, int]], went: Collection[tuple[int, int]]) -> None:
        """See `InventoryStore.change_installed`. Sorted, so that neighbours land on one page of the disk."""
        if went:
            gone = sorted(went)
            if self._connection.dialect.name == "sqlite":
                self._connection.exec_driver_sql(
                    "DELETE FROM inventory_installed WHERE kind_id = ? AND asset_id = ?", gone
                )
            else:
                self._connection.exec_driver_sql(
                    "DELETE FROM inventory_installed i USING unnest(%s::int[], %s::int[]) AS gone (kind_id, asset_id) "
                    "WHERE i.kind_id = gone.kind_id AND i.asset_id = gone.asset_id",
                    ([kind for kind, _ in gone], [asset for _, asset in gone]),
                )
        self._bulk.add((INSTALLED.c.kind_id, INSTALLED.c.asset_id), sorted(came))

    def looked_up_as(self, versions: Collection[int]) -> dict[int, KnownKind]:
        """See `InventoryStore.looked_up_as`."""
        statement = "SELECT kind_id FROM inventory_kind_version WHERE version_id"
        return self.kinds({key for rows in self._bulk.among(statement, versions) for (key,) in rows})

    def installed(self, kinds: Collection[int]) -> list[InstalledKind]:
        """See `InventoryStore.installed`."""
        found: list[InstalledKind] = []
        for chunk in chunks(sorted(kinds)):
            statement = (
                sa.select(ASSET.c.owner, ASSET.c.name, INSTALLED.c.kind_id)
                .join(ASSET, ASSET.c.id == INSTALLED.c.asset_id)
                .where(INSTALLED.c.kind_id.in_(chunk))
            )
            found += map(InstalledKind._make, self._connection.execute(statement).all())
        found.sort()
        return found

    # --- parts

    def _kind_keys(self, digests: Collection[bytes]) -> Iterator[tuple[bytes, int]]:
        for rows in self._bulk.among("SELECT digest, id FROM inventory_kind WHERE digest", digests):
            for digest, key in rows:
                self._digests[key] = digest
                yield digest, key

    def _digests_of(self, kinds: Collection[int]) -> dict[int, bytes]:
        """Return the digests of kinds; each is read once in a transaction."""
        missing = [kind for kind in kinds if kind not in self._digests]
        for rows in self._bulk.among("SELECT id, digest FROM inventory_kind WHERE id", missing):
            self._digests.update(map(tuple, rows))
        return self._digests

    def _add_versions(self, versions: Collection[PackageVersion]) -> dict[tuple[str, str], int]:
        """Store packages and their versions, and return the versions' keys by package and version."""
        packages = {version.package: version for version in versions}
        columns = (PACKAGE.c.key, PACKAGE.c.ecosystem, PACKAGE.c.product)
        self._bulk.add(columns, [_package_row(packages[key]) for key in sorted(packages)])
        statement = "SELECT key, id FROM inventory_package WHERE key"
        numbers: dict[str, int] = {}
        for found in self._bulk.among(statement, packages):
            numbers.update(map(tuple, found))
        tokens = [
            (token, number)
            for key, number in numbers.items()
            if (product := packages[key].product) is not None
            for token in candidate_tokens(product)
        ]
        self._bulk.add((PRODUCT_TOKEN.c.token, PRODUCT_TOKEN.c.package_id), sorted(tokens))
        rows = {(numbers[each.package], each.version): each.version_key for each in versions}
        pairs = sorted(rows)
        self._bulk.add(
            (VERSION.c.package_id, VERSION.c.version, VERSION.c.version_key), [(*pair, rows[pair]) for pair in pairs]
        )
        names = {number: key for key, number in numbers.items()}
        return {
            (names[package], version): key
            for found in self._bulk.pairs(VERSION.c.id, (VERSION.c.package_id, VERSION.c.version), pairs)
            for package, version, key in found
        }


def _package_row(version: PackageVersion) -> tuple[str, str, bytes | None]:
    product = version.product
    return version.package, version.ecosystem, None if product is None else msgspec.json.encode(product)


def _body(kind: Component) -> bytes:
    return msgspec.json.encode(kind)


def _digest(body: bytes) -> bytes:
    return sha256(body).digest()[:16]


def _asset(row: sa.Row[Any]) -> StoredAsset:
    return StoredAsset(Asset(row.name, row.exposed, row.owner, row.environment), row.id, row.snapshot)


def _snapshot(body: bytes) -> Snapshot:
    return msgspec.json.decode(body, type=Snapshot)
