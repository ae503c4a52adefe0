"""`MatchStore` on SQLAlchemy Core: what is known about each distinct package version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from seawall.remediation.model import ProductName, Vulnerability
from seawall.remediation.snapshots import KnownMatch, PackageVersion
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
        found: dict[int, list[KnownMatch]] = {}
        for chunk in chunks(sorted(versions)):
            statement = (
                sa.select(MATCH.c.version_id, MATCH.c.body)
                .where(MATCH.c.version_id.in_(chunk))
                .order_by(MATCH.c.version_id, MATCH.c.vulnerability_id, MATCH.c.certain.desc())
            )
            for version, body in self._connection.execute(statement):
                found.setdefault(version, []).append(_MATCH.decode(body))
        return {version: tuple(own) for version, own in found.items()}

    def set_matches(self, matches: Mapping[int, Sequence[KnownMatch]], at: datetime) -> None:
        """See `MatchStore.set_matches`."""
        for chunk in chunks(sorted(matches)):
            self._connection.execute(sa.delete(MATCH).where(MATCH.c.version_id.in_(chunk)))
            asked = sa.update(VERSION).where(VERSION.c.id.in_(chunk)).values(matched_at=microseconds(at))
            self._connection.execute(asked)
        keys = self._save_vulnerabilities(
            {m.vulnerability.id: m.vulnerability for own in matches.values() for m in own}
        )
        rows = {
            (version, keys[match.vulnerability.id], match.certain): match
            for version, own in matches.items()
            for match in own
        }
        if rows:
            self._connection.execute(
                sa.insert(MATCH),
                [
                    {
                        "version_id": version,
                        "vulnerability_id": vulnerability,
                        "certain": certain,
                        "found_at": microseconds(match.found_at),
                        "body": msgspec.json.encode(match),
                    }
                    for (version, vulnerability, certain), match in rows.items()
                ],
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
        if not wanted:
            return {}
        insert: Any = (sqlite if self._connection.dialect.name == "sqlite" else postgresql).insert
        rows = [{"name": name, "body": msgspec.json.encode(own)} for name, own in sorted(wanted.items())]
        statement = insert(VULNERABILITY)
        statement = statement.on_conflict_do_update(
            index_elements=[VULNERABILITY.c.name], set_={"body": statement.excluded.body}
        )
        self._connection.execute(statement, rows)
        keys: dict[str, int] = {}
        for chunk in chunks(sorted(wanted)):
            select = sa.select(VULNERABILITY.c.name, VULNERABILITY.c.id).where(VULNERABILITY.c.name.in_(chunk))
            keys |= {row.name: row.id for row in self._connection.execute(select)}
        names = [
            {"identifier": identifier, "vulnerability_id": keys[name]}
            for name, own in sorted(wanted.items())
            for identifier in sorted({name, *own.identifiers})
        ]
        self._connection.execute(insert(VULNERABILITY_NAME).on_conflict_do_nothing(), names)
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
