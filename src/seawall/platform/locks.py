"""One holder at a time, on one machine or many: the lock goes with its process, also by `kill -9`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import sqlalchemy as sa

from seawall.kernel.errors import BusyError
from seawall.platform.database import Database, translated
from seawall.platform.files import acquire


@contextmanager
def exclusive(database: Database, name: str, folder: Path) -> Iterator[None]:
    """Hold the lock `name` for the length of the block.

    SQLite homes use a locked file in `folder`, PostgreSQL an advisory lock of the session.

    Raises:
        BusyError: Somebody else holds it (`lock.held`).
    """
    with _file_lock(folder / f"{name}.lock", name) if database.is_sqlite else _advisory_lock(database, name):
        yield


@contextmanager
def _file_lock(path: Path, name: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+") as file:
        if not acquire(file.fileno()):
            file.seek(0)
            raise _held(name, file.read(20).strip())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _advisory_lock(database: Database, name: str) -> Iterator[None]:
    key = crc32(f"seawall/{name}".encode())
    with translated(), database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar_one():
            raise _held(name, "")
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def _held(name: str, pid: str) -> BusyError:
    return BusyError(
        "lock.held",
        f"another `seawall {name}` is running" + (f" (process {pid})" if pid else ""),
        remedy="Wait until it is done, or stop it; what it has finished is kept.",
    )
