"""A PostgreSQL server of the suite's own: unix socket only, in a temporary folder, gone with the session."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def missing() -> str:
    """Why there can be no server here; empty if there can."""
    return "" if _program("initdb") else "PostgreSQL is not installed (make test installs it where root or sudo allows)"


@contextmanager
def server() -> Iterator[str]:
    """Start a server and yield the URL of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-postgres-", dir="/tmp"))
    account = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if account:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [_program(program), "--pgdata", str(data), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=60, **account)

    try:
        run("initdb", "--username", "seawall", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=40"
        run("pg_ctl", "--wait", "--log", str(folder / "log"), "--options", options, "start")
        try:
            yield f"postgresql+psycopg://seawall@/postgres?host={folder}"
        finally:
            run("pg_ctl", "--wait", "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(url: str, name: str) -> Iterator[str]:
    """Create a database on the server, yield its URL, and drop it."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()


def require() -> None:
    """Skip, or fail where the environment says that the server must be there.

    Raises:
        pytest.fail.Exception: SEAWALL_REQUIRE_POSTGRES is set and there is none.
    """
    if why := missing():
        if os.environ.get("SEAWALL_REQUIRE_POSTGRES"):
            pytest.fail(why)
        pytest.skip(why)


def _program(name: str) -> str:
    for place in _PLACES:
        if (place / name).exists():
            return str(place / name)
    return shutil.which(name) or ""
