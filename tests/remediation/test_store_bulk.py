"""Statements about many rows do the same on both dialects, whatever the size of a chunk."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from seawall.platform.database import Database
from seawall.remediation.store import bulk
from seawall.remediation.store.bulk import Bulk
from seawall.remediation.store.tables import INSTALLED, PACKAGE, VERSION, VULNERABILITY

COLUMNS = (PACKAGE.c.key, PACKAGE.c.ecosystem, PACKAGE.c.product)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_CHUNK", 3)


def test_what_is_there_stays_as_it_is(database: Database) -> None:
    with database.begin() as connection:
        many = Bulk(connection)
        many.add(COLUMNS, [("npm/a", "npm", None), ("npm/b", "npm", b"\x00\xff")])
        many.add(COLUMNS, [("npm/a", "other", b"x"), ("npm/ä", "npm", b"")])
        many.add(COLUMNS, [])
        rows = connection.execute(sa.select(*COLUMNS).order_by(PACKAGE.c.key)).all()
    assert [tuple(row) for row in rows] == [
        ("npm/a", "npm", None),
        ("npm/b", "npm", b"\x00\xff"),
        ("npm/ä", "npm", b""),
    ]


def test_one_column_may_be_replaced(database: Database) -> None:
    columns = (VULNERABILITY.c.name, VULNERABILITY.c.body)
    with database.begin() as connection:
        many = Bulk(connection)
        many.add(columns, [("CVE-1", b"old"), ("CVE-2", b"stays")])
        many.add(columns, [("CVE-1", b"new")], replacing=columns)
        rows = connection.execute(sa.select(*columns).order_by(columns[0])).all()
    assert [tuple(row) for row in rows] == [("CVE-1", b"new"), ("CVE-2", b"stays")]


@pytest.mark.parametrize("wanted", [[], [4], [1, 2, 3], [7, 1, 2, 3], [9, 1, 2, 3, 4, 5, 6, 7]])
def test_every_chunk_is_asked_for(database: Database, wanted: list[int]) -> None:
    with database.begin() as connection:
        many = Bulk(connection)
        many.add((INSTALLED.c.kind_id, INSTALLED.c.asset_id), [(kind, kind * 10) for kind in range(8)])
        statement = "SELECT kind_id, asset_id FROM inventory_installed WHERE asset_id > ? AND kind_id"
        found = [tuple(row) for rows in many.among(statement, wanted, 10) for row in rows]
    assert found == [(kind, kind * 10) for kind in sorted(wanted) if 1 < kind < 8]


def test_rows_are_changed_in_every_chunk(database: Database) -> None:
    with database.begin() as connection:
        many = Bulk(connection)
        many.add((INSTALLED.c.kind_id, INSTALLED.c.asset_id), [(kind, 1) for kind in range(8)])
        done = list(many.among("UPDATE inventory_installed SET asset_id = ? WHERE kind_id", range(1, 8), 5))
        assert len(done) == 3
        assert connection.execute(sa.text("SELECT count(*) FROM inventory_installed WHERE asset_id = 5")).scalar() == 7


def test_pairs_are_found_and_nothing_else(database: Database) -> None:
    with database.begin() as connection:
        many = Bulk(connection)
        many.add(COLUMNS, [("npm/a", "npm", None), ("npm/b", "npm", None)])
        one, other = connection.execute(sa.select(PACKAGE.c.id).order_by(PACKAGE.c.key)).scalars().all()
        columns = (VERSION.c.package_id, VERSION.c.version)
        many.add(columns, [(package, str(version)) for package in (one, other) for version in range(4)])
        wanted = [(one, "1"), (one, "3"), (other, "1"), (other, "2"), (other, "9")]
        found = [tuple(row) for rows in many.pairs(VERSION.c.id, columns, wanted) for row in rows]
    assert sorted(row[:2] for row in found) == wanted[:-1]
    assert len({key for *_, key in found}) == 4
