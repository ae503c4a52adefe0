"""Records: one engine, two dialects, short transactions.

SQLite (WAL, one writer, `BEGIN IMMEDIATE`) by default, PostgreSQL by URL; the same SQLAlchemy Core statements on both.
Tables belong to the capabilities' `store.py` and hang on `METADATA`; the schema itself is made by the migrations
beside this file. Foreign exceptions become Seawall's here: locked, full, unreachable.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from seawall.kernel.errors import BusyError, SeawallError, UnavailableError

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
BUSY_SECONDS: Final = 15.0
"""How long a writer waits for another one before it gives up."""
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -262144",  # KiB; used only as far as there are pages
    "wal_autocheckpoint = 16384",  # pages: keys that arrive in random order touch the same pages again and again
)
_READ_SQLITE: Final = {"seawall_read": True}
_READ_POSTGRESQL: Final = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
_SQLSTATE_LOCKED: Final = frozenset({"55P03", "40001", "40P01"})
_SQLSTATE_FULL: Final = frozenset({"53100"})
_SQLITE_FULL: Final = frozenset({"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"})
"""The second: no room to begin, since the index of the write-ahead log cannot be laid out."""


class Database:
    """Opens transactions. Make one per process in `bootstrap`; it opens no connection before the first use."""

    def __init__(self, url: str | URL, *, busy_seconds: float = BUSY_SECONDS) -> None:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self._busy_seconds = busy_seconds
        self._engine = self._create_engine()

    @property
    def is_sqlite(self) -> bool:
        """Whether records lie in one file on this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> sa.Engine:
        """For migrations; stores take a connection."""
        return self._engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a write transaction: it commits when the block ends, and rolls back when it raises.

        Raises:
            BusyError: Another writer held the database for too long (`database.locked`).
            UnavailableError: Disk full, server gone or file unreadable (`database.full`, `database.unavailable`).
        """
        with translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read-only snapshot.

        Raises:
            UnavailableError: As for `begin`.
        """
        options = _READ_SQLITE if self.is_sqlite else _READ_POSTGRESQL
        with translated(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _create_engine(self) -> sa.Engine:
        if not self.is_sqlite:
            return sa.create_engine(self.url, pool_size=4, connect_args={"connect_timeout": 10})
        engine = sa.create_engine(self.url, connect_args={"timeout": self._busy_seconds})
        sa.event.listen(engine, "connect", _configure_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are opened below, as IMMEDIATE, and not by the driver
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("seawall_read")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def translated() -> Iterator[None]:
    """Turn the database's exceptions into Seawall's, with a remedy; what only a bug can cause passes through."""
    try:
        yield
    except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError):
        raise
    except sa.exc.DBAPIError as error:
        raise _translate(error) from error


def _translate(error: sa.exc.DBAPIError) -> SeawallError:
    text = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if "database is locked" in text or state in _SQLSTATE_LOCKED:
        return BusyError(
            "database.locked",
            "another process is writing to the database",
            remedy="Wait until it is done, or stop it, and run the command again; nothing was lost.",
        )
    if getattr(error.orig, "sqlite_errorname", "") in _SQLITE_FULL or state in _SQLSTATE_FULL:
        return UnavailableError(
            "database.full",
            "the disk that holds the database is full",
            remedy="Free some space and run the command again; nothing that was acknowledged is lost.",
        )
    return UnavailableError(
        "database.unavailable",
        f"the database cannot be used: {text.splitlines()[0][:200] if text else type(error).__name__}",
        remedy="Check SEAWALL_HOME, SEAWALL_DATABASE_URL and file permissions; run `seawall init` for a new home.",
    )
