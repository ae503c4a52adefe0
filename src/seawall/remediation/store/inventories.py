"""`InventoryStore` on SQLAlchemy Core. Millions of rows go in by one statement each way: see `change_installed`."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from seawall.remediation.model import Asset, Component
from seawall.remediation.products import candidate_tokens
from seawall.remediation.snapshots import (
    NOTHING,
    Entry,
    KnownKind,
    NewKind,
    PackageVersion,
    Snapshot,
    StoredAsset,
)
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
from seawall.remediation.stored_ports import InstalledKind

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
        if not kinds:
            return {}
        versions = self._add_versions([version for new in kinds for version in new.looked_up_as])
        bodies = {_digest(body): (body, new) for new in kinds for body in (_body(new.kind),)}
        rows = [
            {"digest": digest, "body": body, "reason": new.reason} for digest, (body, new) in sorted(bodies.items())
        ]
        self._insert_new(KIND, rows)
        keys = dict(self._kind_keys(bodies))
        links = {
            (versions[version.package, version.version], keys[digest])
            for digest, (_, new) in bodies.items()
            for version in new.looked_up_as
        }
        self._insert_new(KIND_VERSION, [{"version_id": version, "kind_id": kind} for version, kind in sorted(links)])
        return {bodies[digest][1].kind: key for digest, key in keys.items()}

    def kinds(self, keys: Collection[int]) -> dict[int, KnownKind]:
        """See `InventoryStore.kinds`."""
        found: dict[int, KnownKind] = {}
        for chunk in chunks(sorted(keys)):
            links: dict[int, list[int]] = {}
            for kind, version in self._connection.execute(
                sa.select(KIND_VERSION.c.kind_id, KIND_VERSION.c.version_id)
                .where(KIND_VERSION.c.kind_id.in_(chunk))
                .order_by(KIND_VERSION.c.version_id)
            ):
                links.setdefault(kind, []).append(version)
            statement = sa.select(KIND.c.id, KIND.c.body, KIND.c.reason).where(KIND.c.id.in_(chunk))
            for key, body, reason in self._connection.execute(statement):
                found[key] = KnownKind(_KIND.decode(body), tuple(links.get(key, ())), reason)
        return found

    # --- snapshots

    def add_snapshot(self, snapshot: Snapshot, entries: Sequence[Entry]) -> Snapshot:
        """See `InventoryStore.add_snapshot`."""
        columns = ([e.kind for e in entries], [e.since.toordinal() for e in entries], [e.ref for e in entries])
        packed = _PACK.encode(columns)
        kept = replace(snapshot, entries_digest=sha256(packed).hexdigest())
        self._connection.execute(
            sa.insert(SNAPSHOT).values(
                asset_id=kept.asset,
                number=kept.number,
                digest=kept.digest,
                taken_at=microseconds(kept.taken_at),
                body=msgspec.json.encode(kept, order="deterministic"),
                entries=zlib.compress(packed, _COMPRESSION),
            )
        )
        return kept

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
        if self._connection.dialect.name == "sqlite":
            if went:
                self._connection.exec_driver_sql(
                    "DELETE FROM inventory_installed WHERE kind_id = ? AND asset_id = ?", sorted(went)
                )
            if came:
                self._connection.exec_driver_sql(
                    "INSERT OR IGNORE INTO inventory_installed (kind_id, asset_id) VALUES (?, ?)", sorted(came)
                )
            return
        if went:
            self._connection.exec_driver_sql(
                "DELETE FROM inventory_installed i USING unnest(%s::int[], %s::int[]) AS gone (kind_id, asset_id) "
                "WHERE i.kind_id = gone.kind_id AND i.asset_id = gone.asset_id",
                _columns(went),
            )
        if came:
            self._connection.exec_driver_sql(
                "INSERT INTO inventory_installed (kind_id, asset_id) SELECT * FROM unnest(%s::int[], %s::int[]) "
                "ON CONFLICT DO NOTHING",
                _columns(came),
            )

    def looked_up_as(self, versions: Collection[int]) -> dict[int, KnownKind]:
        """See `InventoryStore.looked_up_as`."""
        keys: set[int] = set()
        for chunk in chunks(sorted(versions)):
            statement = sa.select(KIND_VERSION.c.kind_id).where(KIND_VERSION.c.version_id.in_(chunk))
            keys |= set(self._connection.execute(statement).scalars())
        return self.kinds(keys)

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

    def _kind_keys(self, digests: Collection[bytes]) -> list[tuple[bytes, int]]:
        found: list[tuple[bytes, int]] = []
        for chunk in chunks(sorted(digests)):
            statement = sa.select(KIND.c.digest, KIND.c.id).where(KIND.c.digest.in_(chunk))
            found += [(bytes(digest), key) for digest, key in self._connection.execute(statement)]
        return found

    def _add_versions(self, versions: Collection[PackageVersion]) -> dict[tuple[str, str], int]:
        """Store packages and their versions, and return the versions' keys by package and version."""
        packages = {version.package: version for version in versions}
        self._insert_new(PACKAGE, [_package_row(packages[key]) for key in sorted(packages)])
        package_keys: dict[str, int] = {}
        for chunk in chunks(sorted(packages)):
            statement = sa.select(PACKAGE.c.key, PACKAGE.c.id).where(PACKAGE.c.key.in_(chunk))
            package_keys |= {row.key: row.id for row in self._connection.execute(statement)}
        tokens = [
            {"token": token, "package_id": number}
            for key, number in sorted(package_keys.items())
            if (product := packages[key].product) is not None
            for token in candidate_tokens(product)
        ]
        self._insert_new(PRODUCT_TOKEN, tokens)
        distinct = {(version.package, version.version): version for version in versions}
        rows = [
            {
                "package_id": package_keys[version.package],
                "version": version.version,
                "version_key": version.version_key,
            }
            for _, version in sorted(distinct.items())
        ]
        self._insert_new(VERSION, rows)
        names = {number: key for key, number in package_keys.items()}
        found: dict[tuple[str, str], int] = {}
        for pairs in chunks([(row["package_id"], row["version"]) for row in rows], 2_000):
            statement = sa.select(VERSION.c.package_id, VERSION.c.version, VERSION.c.id).where(
                sa.tuple_(VERSION.c.package_id, VERSION.c.version).in_(pairs)
            )
            found |= {(names[row.package_id], row.version): row.id for row in self._connection.execute(statement)}
        return found

    def _insert_new(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            insert: Any = (sqlite if self._connection.dialect.name == "sqlite" else postgresql).insert
            self._connection.execute(insert(table).on_conflict_do_nothing(), list(rows))


def _columns(pairs: Collection[tuple[int, int]]) -> tuple[list[int], list[int]]:
    ordered = sorted(pairs)
    return [kind for kind, _ in ordered], [asset for _, asset in ordered]


def _package_row(version: PackageVersion) -> dict[str, Any]:
    product = version.product
    return {
        "key": version.package,
        "ecosystem": version.ecosystem,
        "product": None if product is None else msgspec.json.encode(product),
    }


def _body(kind: Component) -> bytes:
    return msgspec.json.encode(kind)


def _digest(body: bytes) -> bytes:
    return sha256(body).digest()[:16]


def _asset(row: sa.Row[Any]) -> StoredAsset:
    return StoredAsset(Asset(row.name, row.exposed, row.owner, row.environment), row.id, row.snapshot)


def _snapshot(body: bytes) -> Snapshot:
    return msgspec.json.decode(body, type=Snapshot)
