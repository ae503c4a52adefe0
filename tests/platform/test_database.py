"""Transactions: whole or not at all, and a clear word when the database is busy."""

from __future__ import annotations

import multiprocessing

import pytest
import sqlalchemy as sa

from seawall.kernel.errors import BusyError, UnavailableError
from seawall.platform.database import Database
from seawall.platform.locks import exclusive

NUMBERS = sa.Table("numbers", sa.MetaData(), sa.Column("n", sa.Integer, primary_key=True))


@pytest.fixture
def numbers(database):
    NUMBERS.metadata.create_all(database.engine)
    return database


def insert(database: Database, n: int) -> None:
    with database.begin() as connection:
        connection.execute(sa.insert(NUMBERS).values(n=n))


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(NUMBERS)).scalar_one()


def test_a_raised_exception_rolls_back(numbers) -> None:
    insert(numbers, 1)
    with pytest.raises(ZeroDivisionError), numbers.begin() as connection:  # noqa: PT012 - the block is what is tested
        connection.execute(sa.insert(NUMBERS).values(n=2))
        raise ZeroDivisionError
    assert count(numbers) == 1


def test_a_read_sees_one_state_and_cannot_write(numbers) -> None:
    insert(numbers, 1)
    with numbers.read() as connection:
        before = connection.execute(sa.select(NUMBERS.c.n)).scalars().all()
        insert(numbers, 2)
        assert connection.execute(sa.select(NUMBERS.c.n)).scalars().all() == before == [1]


def hold(url: str, ready, release) -> None:
    with Database(url).begin() as connection:
        connection.execute(sa.insert(NUMBERS).values(n=99))
        ready.set()
        release.wait(20)


def test_a_database_locked_by_another_process_is_busy_and_loses_nothing(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'locked.sqlite'}"
    patient, hasty = Database(url), Database(url, busy_seconds=0.2)
    NUMBERS.metadata.create_all(patient.engine)
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(url, ready, release))
    other.start()
    try:
        assert ready.wait(20)
        with pytest.raises(BusyError) as caught:
            insert(hasty, 1)
        assert caught.value.code == "database.locked"
        assert "run the command again" in caught.value.remedy
    finally:
        release.set()
        other.join()
    insert(patient, 1)
    assert count(patient) == 2
    patient.close()
    hasty.close()


def test_a_file_that_is_no_database_is_said_so(tmp_path) -> None:
    path = tmp_path / "not.sqlite"
    path.write_bytes(b"this is a text file, and a long one" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(UnavailableError, match=r"database\.unavailable"):
        count(database)
    database.close()


def test_a_full_disk_is_said_so(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'full.sqlite'}")
    blobs = sa.Table("blobs", sa.MetaData(), sa.Column("data", sa.LargeBinary))
    blobs.metadata.create_all(database.engine)
    with database.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 8")
    with pytest.raises(UnavailableError) as caught, database.begin() as connection:  # noqa: PT012 - both are tested
        connection.exec_driver_sql("PRAGMA max_page_count = 8")
        connection.execute(sa.insert(blobs).values(data=b"x" * 1_000_000))
    assert caught.value.code == "database.full"
    database.close()


def test_the_lock_has_one_holder_and_is_free_afterwards(database, tmp_path) -> None:
    with exclusive(database, "process", tmp_path):
        with (
            pytest.raises(BusyError, match="another `seawall process` is running"),
            exclusive(database, "process", tmp_path),
        ):
            pytest.fail("two holders")
        with exclusive(database, "other", tmp_path):
            pass
    with exclusive(database, "process", tmp_path):
        pass
