"""Fixtures that all rooms share: a database of each dialect, units of work on it, a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import seawall.platform.ledger.store as ledger_store
from seawall.kernel.testing import FixedClock
from seawall.platform.database import METADATA, Database
from seawall.platform.keys import SigningKey
from seawall.platform.units import Units


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'seawall.sqlite'}")
    METADATA.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def units(database: Database, tmp_path: Path) -> Units:
    ledger = ledger_store.Ledger("test.example/ledger", SigningKey.load_or_create(tmp_path / "ledger.key"))
    return Units(database, ledger)
