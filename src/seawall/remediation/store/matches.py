"""`MatchStore` on SQLAlchemy Core: what is known about each distinct package version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from seawall.remediation.model import ProductName, Vulnerability
from seawall.remediation.store.bulk import Bulk
from seawall.remediation.store.tables import (
    MATCH,
    PACKAGE,
    PRODUCT_TOKEN,
    VERSION,
    VULNERABILITY,
    VULNERABILITY_NAME,
    chunks,
    microseconds,
)
from seawall.remediation.stored.snapshots import KnownMatch, PackageVersion

_MATCH: Final = msgspec.json.Decoder(KnownMatch)
_ROW: Final = (
    VERSION.c.id,
    VERSION.c.version,
    VERSION.c.version_key,
    PACKAGE.c.key,
    PACKAGE.c.ecosystem,
    PACKAGE.c.product,
)
_CONDITIONS: Final = 100
"""Spans in one query; a record with more is read by its package alone, and judged by the caller."""


class SQLMatches:
    """`MatchStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._bulk = Bulk(connection)

    def unmatched(self, limit: int) -> list[PackageVersion]:
        """See `MatchStore.unmatched`."""
        return self._read(_select().where(VERSION.c.matched_at.is_(None)).order_by(VERSION.c.id).limit(limit))

    def versions(self, after: int, limit: int) -> list[PackageVersion]:
        """See `MatchStore.versions`."""
        return self._read(_select().where(VERSION.c.id > after).order_by(VERSION.c.id).limit(limit))

    def versions_of(self, packages: Collection[str]) -> list[PackageVersion]:
        """See `MatchStore.versions_of`."""
        return [
            version
            for chunk in chunks(sorted(packages))
            for version in self._read(_select().where(PACKAGE.c.key.in_(chunk)).order_by(VERSION.c.id))
        ]

    def versions_within(
        self, package: str, spans: Sequence[tuple[bytes, bytes | None]], listed: Collection[str]
    ) -> list[PackageVersion]:
        """See `MatchStore.versions_within`."""
        number = sa.select(PACKAGE.c.id).where(PACKAGE.c.key == package).scalar_subquery()
        statement = _select().where(VERSION.c.package_id == number)
        if len(spans) + len(listed) <= _CONDITIONS:
            key = VERSION.c.version_key
            within = [key >= low if high is None else sa.and_(key >= low, key < high) for low, high in spans]
            statement = statement.where(sa.or_(key.is_(None), VERSION.c.version.in_(sorted(listed)), *within))
        return self._read(statement)

    def products(self, tokens: Collection[str]) -> dict[str, ProductName]:
        """See `MatchStore.products`."""
        statement = (
            sa.select(PACKAGE.c.key, PACKAGE.c.product)
            .join(PRODUCT_TOKEN, PRODUCT_TOKEN.c.package_id == PACKAGE.c.id)
            .where(PRODUCT_TOKEN.c.token.in_(sorted(tokens)))
            .distinct()
        )
        return {
            key: msgspec.json.decode(product, type=ProductName) for key, product in self._connection.execute(statement)
        }

    def matches(self, versions: Collection[int]) -> dict[int, tuple[KnownMatch, ...]]:
        """See `MatchStore.matches`."""
        statement = "SELECT version_id, vulnerability_id, NOT certain, body FROM inventory_match WHERE version_id"
        found: dict[int, list[KnownMatch]] = {}
        for rows in self._bulk.among(statement, versions):
            for version, _, _, body in sorted(map(tuple, rows)):
                found.setdefault(version, []).append(_MATCH.decode(body))
        return {version: tuple(own) for version, own in found.items()}

    def set_matches(self, matches: Mapping[int, Sequence[KnownMatch]], at: datetime) -> None:
        """See `MatchStore.set_matches`."""
        for _ in self._bulk.among("DELETE FROM inventory_match WHERE version_id", matches):
            pass
        for _ in self._bulk.among("UPDATE inventory_version SET matched_at = ? WHERE id", matches, microseconds(at)):
            pass
        keys = self._save_vulnerabilities(
            {m.vulnerability.id: m.vulnerability for own in matches.values() for m in own}
        )
        rows = {
            (version, keys[match.vulnerability.id], match.certain): match
            for version, own in matches.items()
            for match in own
        }
        columns = (
            MATCH.c.version_id,
            MATCH.c.vulnerability_id,
            MATCH.c.certain,
            MATCH.c.found_at,
            MATCH.c.body,
        )
        self._bulk.add(
            columns,
            [(*key, microseconds(rows[key].found_at), msgspec.json.encode(rows[key])) for key in sorted(rows)],
        )

    def packages_with(self, identifiers: Collection[str]) -> set[str]:
        """See `MatchStore.packages_with`."""
        statement = (
            sa.select(PACKAGE.c.key)
            .join(VERSION, VERSION.c.package_id == PACKAGE.c.id)
            .join(MATCH, MATCH.c.version_id == VERSION.c.id)
            .join(VULNERABILITY_NAME, VULNERABILITY_NAME.c.vulnerability_id == MATCH.c.vulnerability_id)
            .where(VULNERABILITY_NAME.c.identifier.in_(sorted(identifiers)))
            .distinct()
        )
        return set(self._connection.execute(statement).scalars())

    def _save_vulnerabilities(self, wanted: Mapping[str, Vulnerability]) -> dict[str, int]:
        rows = [(name, msgspec.json.encode(own)) for name, own in sorted(wanted.items())]
        columns = (VULNERABILITY.c.name, VULNERABILITY.c.body)
        self._bulk.add(columns, rows, replacing=columns)
        keys: dict[str, int] = {}
        for found in self._bulk.among("SELECT name, id FROM inventory_vulnerability WHERE name", wanted):
            keys.update(map(tuple, found))
        names = {(identifier, keys[name]) for name, own in wanted.items() for identifier in (name, *own.identifiers)}
        self._bulk.add((VULNERABILITY_NAME.c.identifier, VULNERABILITY_NAME.c.vulnerability_id), sorted(names))
        return keys

    def _read(self, statement: sa.Select[Any]) -> list[PackageVersion]:
        return [
            PackageVersion(
                package,
                ecosystem,
                version,
                None if version_key is None else bytes(version_key),
                None if product is None else msgspec.json.decode(product, type=ProductName),
                key,
            )
            for key, version, version_key, package, ecosystem, product in self._connection.execute(statement)
        ]


def _select() -> sa.Select[Any]:
    return sa.select(*_ROW).join(PACKAGE, PACKAGE.c.id == VERSION.c.package_id)
