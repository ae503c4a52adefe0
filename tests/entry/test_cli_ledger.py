"""Tampering behind the ledger's back is found and named, on both dialects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from seawall.kernel.marking import Marking
from seawall.platform.database import Database
from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
Tamper = Callable[[Terminal, sa.Connection], None]


@pytest.fixture
def published(either: Terminal, write: Write) -> Terminal:
    """A home with two cases: one has a proof and is published, the other was merged from two reports."""
    write("a.json", reports.report(identifiers=["CVE-2026-3001"]))
    write("c.json", reports.report("The same once more", weakness="CWE-22", identifiers=["CVE-2026-3002"]))
    later = write("b.json", reports.report("Another thing", weakness="CWE-22", identifiers=["CVE-2026-3002"]))
    either.run("submit", later.parent, "--marking", "CLEAR")
    either.run("process", "--no-prove")
    seawall = either.open()
    (finding,) = seawall.view("CVE-2026-3001").findings
    seawall.keep_proof(reports.proof(finding.id, seawall.clock.now()))
    seawall.publish("CVE-2026-3001", marking=Marking.CLEAR, by="Ann")
    seawall.database.close()
    assert either.ask("ledger", "verify")["problems"] == []
    return either


def _execute(statement: str) -> Tamper:
    def run(_terminal: Terminal, connection: sa.Connection) -> None:
        assert connection.execute(sa.text(statement)).rowcount > 0

    return run


def _flip_blob(table: str, column: str) -> Tamper:
    """Change one bit of the stored bytes that a row names."""

    def run(terminal: Terminal, connection: sa.Connection) -> None:
        digest = connection.execute(sa.text(f"SELECT {column} FROM {table} ORDER BY {column} LIMIT 1")).scalar_one()
        path = terminal.home / "blobs" / digest[:2] / digest[2:]
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(bytes(data))

    return run


def _remove_blob(terminal: Terminal, connection: sa.Connection) -> None:
    digest = connection.execute(sa.text("SELECT digest FROM report LIMIT 1")).scalar_one()
    (terminal.home / "blobs" / digest[:2] / digest[2:]).unlink()


def _flip_body(table: str, key: str) -> Tamper:
    """Change one bit of a row's body."""

    def run(_terminal: Terminal, connection: sa.Connection) -> None:
        row = connection.execute(sa.text(f"SELECT {key} AS name, body FROM {table} ORDER BY {key} LIMIT 1")).one()
        body = bytearray(row.body)
        body[len(body) // 2] ^= 1
        values: dict[str, Any] = {"body": bytes(body), "name": row.name}
        connection.execute(sa.text(f"UPDATE {table} SET body = :body WHERE {key} = :name"), values)

    return run


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        pytest.param(_flip_body("ledger_entry", "position"), "checkpoint", id="an entry is changed"),
        pytest.param(_execute("DELETE FROM ledger_entry WHERE position = 2"), "entry 2", id="an entry is removed"),
        pytest.param(
            _execute("DELETE FROM ledger_entry WHERE position = (SELECT max(position) FROM ledger_entry)"),
            "head",
            id="the last entry is removed",
        ),
        pytest.param(
            _execute("UPDATE ledger_checkpoint SET note = replace(note, 'seawall', 'seaweed') WHERE size = 1"),
            "checkpoint 1",
            id="a checkpoint is changed",
        ),
        pytest.param(
            _execute("UPDATE ledger_head SET frontier = substr(frontier, 2)"), "head", id="the head is changed"
        ),
        pytest.param(_flip_blob("report", "digest"), "report SWR-", id="the bytes of a report are changed"),
        pytest.param(_remove_blob, "report SWR-", id="the bytes of a report are removed"),
        pytest.param(_flip_body("finding", "id"), "report SWR-", id="a finding is changed"),
        pytest.param(_execute("DELETE FROM finding"), "report SWR-", id="findings are removed"),
        pytest.param(
            _execute("UPDATE report SET digest = replace(digest, 'a', 'b')"), "report SWR-", id="a report is redirected"
        ),
        pytest.param(_execute("UPDATE report SET marking = marking + 1"), "report SWR-", id="a marking is changed"),
        pytest.param(_execute("UPDATE report SET submitter = 'nobody'"), "report SWR-", id="a submitter is renamed"),
        pytest.param(_flip_body("merge_decision", "id"), "merge ", id="a merge is changed"),
        pytest.param(_execute("DELETE FROM merge_decision"), "merge or split ", id="merges are removed"),
        pytest.param(_execute("UPDATE proof SET finding_id = 'SWF-0'"), "proof ", id="a proof is moved"),
        pytest.param(_execute("UPDATE decision SET subject = 'SW-1'"), "decision ", id="a decision is moved"),
        pytest.param(_flip_body("proof", "id"), "proof ", id="a proof is changed"),
        pytest.param(_execute("DELETE FROM proof"), "proof SWP-0", id="a proof is removed"),
        pytest.param(_flip_body("decision", "id"), "decision ", id="a decision is changed"),
        pytest.param(_execute("DELETE FROM decision"), "decision ", id="decisions are removed"),
        pytest.param(_flip_body("publication", "id"), "publication ", id="the record of a publication is changed"),
        pytest.param(_execute("DELETE FROM publication"), "publication ", id="publications are removed"),
        pytest.param(_flip_blob("publication", "digest"), "document of ", id="a published document is changed"),
        pytest.param(_execute("DELETE FROM advisory"), "advisory ", id="an advisory is removed"),
    ],
)
def test_tampering_is_found_and_named(published: Terminal, tamper: Tamper, named: str) -> None:
    database = Database(published.environment["SEAWALL_DATABASE_URL"])
    with database.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tamper(published, connection)
    database.close()
    problems = published.ask("ledger", "verify", code=1)["problems"]
    assert any(problem["where"].startswith(named) for problem in problems), problems
    words = published.run("ledger", "verify", code=1).out
    assert f"WRONG  {named}" in words
    assert f"{len(problems)} problem(s)" in words


def test_a_deleted_report_is_missed(published: Terminal) -> None:
    database = Database(published.environment["SEAWALL_DATABASE_URL"])
    with database.begin() as connection:
        connection.execute(sa.text("DELETE FROM finding"))
        removed = connection.execute(sa.text("SELECT id FROM report LIMIT 1")).scalar_one()
        connection.execute(sa.text("DELETE FROM report WHERE id = :id"), {"id": removed})
    database.close()
    problems = published.ask("ledger", "verify", code=1)["problems"]
    assert {
        "where": f"report {removed}",
        "what": "its record is missing, or is not the one that was received",
    } in problems


def test_a_record_that_the_ledger_never_saw_is_named(published: Terminal) -> None:
    database = Database(published.environment["SEAWALL_DATABASE_URL"])
    with database.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO proof (id, finding_id, grade, decided_at, body) "
                "SELECT 'SWP-forged', finding_id, 'E3', decided_at, :body FROM proof"
            ),
            {"body": b"{}"},
        )
    database.close()
    problems = published.ask("ledger", "verify", code=1)["problems"]
    assert [problem["where"].split()[0] for problem in problems] == ["proof"]


def test_a_kept_checkpoint_betrays_a_rewritten_ledger(terminal: Terminal, write: Write) -> None:
    first = write("a.json", reports.report(identifiers=["CVE-2026-3001"]))
    terminal.run("submit", first)
    kept = write("kept.txt", terminal.run("ledger", "checkpoint").out)
    other = write("other.txt", "no checkpoint at all\n")
    terminal.run("process", "--no-prove")
    assert terminal.ask("ledger", "verify", "--checkpoint", kept)["problems"] == []
    assert terminal.ask("ledger", "verify", "--checkpoint", other, code=1)["problems"][0]["where"] == "kept checkpoint"
    assert terminal.refused("ledger", "verify", "--checkpoint", other.with_name("none"), code=66)

    # Whoever holds the key writes the history anew: by itself it is flawless.
    (terminal.home / "seawall.sqlite").unlink()
    terminal.run("submit", first, "--submitter", "somebody else")
    terminal.run("process", "--no-prove")
    assert terminal.ask("ledger", "verify")["problems"] == []
    problems = terminal.ask("ledger", "verify", "--checkpoint", kept, code=1)["problems"]
    assert problems[0]["where"] == "checkpoint 1"


def test_a_checkpoint_of_another_home_is_refused(terminal: Terminal, write: Write, tmp_path: Path) -> None:
    stranger = Terminal(tmp_path / "stranger", terminal.environment | {"SEAWALL_HOME": str(tmp_path / "stranger")})
    report = write("a.json", reports.report())
    stranger.run("submit", report)
    terminal.run("submit", report)
    kept = write("kept.txt", stranger.run("ledger", "checkpoint").out)
    problems = terminal.ask("ledger", "verify", "--checkpoint", kept, code=1)["problems"]
    assert problems[0]["where"] == "kept checkpoint"
