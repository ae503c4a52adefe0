"""Tampering with stored inventories and report-back is found by `ledger verify`, on both dialects."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from seawall.platform.database import Database
from tests.entry import operator_fixtures as world
from tests.entry.conftest import Terminal
from tests.entry.test_cli_inventory import BY, OWNER, vendors_word

Write = Callable[[str, str | bytes], Path]
Tamper = Callable[[Terminal, sa.Connection], None]


@pytest.fixture
def kept(either: Terminal, write: Write, tmp_path: Path) -> Terminal:
    """A home with two assets, one of them with history, a claim, evidence and somebody's VEX."""
    either.run("inventory", "list")
    either.run("index", "build", world.write_feeds(tmp_path / "feeds"))
    words = ("inventory", "add", "--owner", OWNER, *BY)
    either.run(*words, write("ward.txt", "flask==3.0\nnumpy==2.0\n"), "--asset", "ward")
    either.run(*words, write("old.txt", "jinja2==3.1.2\nflask==3.0\n"), "--asset", "portal", "--exposed", "yes")
    first_day = f"SELECT id, '{world.JINJA}', {date(2026, 1, 1).toordinal()} FROM inventory_asset WHERE name = 'portal'"
    _run(
        either, f"INSERT INTO exposure_first_seen (asset_id, identifier, day) {first_day}"
    )  # the next one carries it on
    either.run("forensics", OWNER, "portal", world.JINJA, "evidence", "--note", "saved", *BY)
    either.run("forensics", OWNER, "portal", world.JINJA, "scope", "--waive", "--note", "one machine", *BY)
    either.run("report-back", OWNER, "portal", world.JINJA, "mitigated", "--reason", "behind a proxy", *BY)
    taken = datetime.now(UTC).isoformat()
    either.run(*words, write("new.txt", "jinja2==3.1.3\n"), "--asset", "portal", "--taken-at", taken)
    either.run(*words, write("ward.txt", "flask==3.0\nnumpy==2.0\n"), "--asset", "ward", "--exposed", "no")
    either.run("vex", "add", write("vex.json", vendors_word("affected")))
    assert either.ask("ledger", "verify")["problems"] == []
    return either


def _run(terminal: Terminal, statement: str) -> None:
    database = Database(terminal.environment["SEAWALL_DATABASE_URL"])
    with database.begin() as connection:
        assert connection.execute(sa.text(statement)).rowcount > 0
    database.close()


def _execute(statement: str) -> Tamper:
    def run(_terminal: Terminal, connection: sa.Connection) -> None:
        assert connection.execute(sa.text(statement)).rowcount > 0

    return run


def _flip(table: str, column: str = "body", *, order: str = "id", packed: bool = False) -> Tamper:
    """Change one bit of a row's bytes; of packed ones inside the packing, so that they can still be unpacked."""

    def run(_terminal: Terminal, connection: sa.Connection) -> None:
        row = connection.execute(sa.text(f"SELECT {order} AS name, {column} AS body FROM {table} ORDER BY 1")).first()
        assert row is not None
        body = bytearray(zlib.decompress(row.body) if packed else row.body)
        body[-2] ^= 1
        changed = zlib.compress(bytes(body)) if packed else bytes(body)
        statement = f"UPDATE {table} SET {column} = :body WHERE {order} = :name"
        assert connection.execute(sa.text(statement), {"body": changed, "name": row.name}).rowcount > 0

    return run


def _flip_document(terminal: Terminal, connection: sa.Connection) -> None:
    digest = connection.execute(sa.text("SELECT digest FROM inventory_snapshot LIMIT 1")).scalar_one()
    path = terminal.home / "blobs" / digest[:2] / digest[2:]
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        pytest.param(_flip("inventory_snapshot", order="number"), "inventory ", id="the body of a snapshot"),
        pytest.param(_flip("inventory_snapshot", "entries", order="number"), "inventory SWI-", id="torn entries"),
        pytest.param(
            _flip("inventory_snapshot", "entries", order="number", packed=True), "inventory SWI-", id="an entry"
        ),
        pytest.param(_execute("DELETE FROM inventory_snapshot WHERE number = 1"), "inventory SWI-", id="history"),
        pytest.param(
            _execute("UPDATE inventory_snapshot SET taken_at = taken_at + 1"), "inventory SWI-", id="when it was taken"
        ),
        pytest.param(_flip_document, "document of SWI-", id="a document"),
        pytest.param(_flip("inventory_kind"), "component kind ", id="a component"),
        pytest.param(
            _execute("UPDATE inventory_asset SET exposed = 'no' WHERE exposed = 'yes'"), "asset SWA-", id="an exposure"
        ),
        pytest.param(_execute("UPDATE inventory_asset SET name = 'x' WHERE name = 'ward'"), "asset SWA-", id="a name"),
        pytest.param(_execute("UPDATE inventory_asset SET snapshot = 1"), "asset SWA-", id="an older inventory"),
        pytest.param(_execute("DELETE FROM inventory_installed"), "asset SWA-", id="what is installed"),
        pytest.param(
            _execute("INSERT INTO inventory_installed (kind_id, asset_id) VALUES (77, 78)"),
            "installed components",
            id="what is installed nowhere",
        ),
        pytest.param(_execute("UPDATE exposure_first_seen SET day = day + 30"), "asset SWA-", id="a first day"),
        pytest.param(_execute("DELETE FROM exposure_first_seen"), "asset SWA-", id="first days"),
        pytest.param(_flip("exposure_report"), "report-back ", id="a report"),
        pytest.param(_execute("DELETE FROM exposure_report"), "report-back SWX-", id="reports are removed"),
        pytest.param(
            _execute("UPDATE exposure_report SET asset_id = 3 - asset_id"), "report-back SWX-", id="a report is moved"
        ),
        pytest.param(
            _execute("INSERT INTO exposure_report (asset_id, body) SELECT asset_id, body FROM exposure_report"),
            "report-back SWX-",
            id="a report is repeated",
        ),
        pytest.param(_flip("exposure_forensics"), "forensics ", id="a checklist"),
        pytest.param(
            _execute("DELETE FROM exposure_forensics WHERE checklist IS NOT NULL"), "forensics SWX-", id="evidence"
        ),
        pytest.param(
            _execute("UPDATE exposure_forensics SET asset_id = 3 - asset_id"),
            "forensics SWX-",
            id="forensics are moved",
        ),
        pytest.param(_flip("exposure_statement"), "statement ", id="a statement"),
        pytest.param(_execute("DELETE FROM exposure_statement"), "statement PYSEC-2024-1", id="statements are removed"),
        pytest.param(
            _execute("UPDATE exposure_statement SET vulnerability = 'CVE-0'"),
            "statement PYSEC-2024-1",
            id="a statement is filed elsewhere",
        ),
    ],
)
def test_tampering_is_found_and_named(kept: Terminal, tamper: Tamper, named: str) -> None:
    database = Database(kept.environment["SEAWALL_DATABASE_URL"])
    with database.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tamper(kept, connection)
    database.close()
    problems = kept.ask("ledger", "verify", code=1)["problems"]
    assert any(problem["where"].startswith(named) for problem in problems), problems
    shown = kept.run("ledger", "verify", code=1).out
    assert f"WRONG  {named}" in shown
    assert "portal" not in shown, "what the ledger says names no asset"
