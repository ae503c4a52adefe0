"""Fixtures that all rooms share: a database of each dialect, units of work on it, a clock that stands still."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import seawall.platform.runner.store
from seawall.kernel.testing import FixedClock
from seawall.platform.database import METADATA, Database
from seawall.platform.keys import SigningKey
from seawall.platform.ledger.store import Ledger
from seawall.platform.units import Units
from tests import postgres

assert seawall.platform.runner.store.WORK.metadata is METADATA


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    postgres.require()
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; a test that uses it runs on both dialects."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'seawall.sqlite'}"
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.fresh_database(server, f"t{secrets.token_hex(6)}") as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    METADATA.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def units(database: Database, tmp_path: Path) -> Units:
    return Units(database, Ledger("test.example/ledger", SigningKey.load_or_create(tmp_path / "ledger.key")))
