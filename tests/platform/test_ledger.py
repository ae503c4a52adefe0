"""The ledger: an entry if and only if the change commits, and no bit that can change unseen."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from seawall.kernel.errors import IntegrityError
from seawall.kernel.events import Event
from seawall.kernel.testing import FixedClock
from seawall.platform.database import Database
from seawall.platform.keys import SigningKey, VerifyingKey
from seawall.platform.ledger.checkpoint import Checkpoint, open_checkpoint
from seawall.platform.ledger.store import CHECKPOINT, ENTRY, HEAD
from seawall.platform.ledger.verify import LedgerReport, verify_ledger
from seawall.platform.units import Units


@pytest.fixture
def key(tmp_path) -> VerifyingKey:
    return SigningKey.load_or_create(tmp_path / "ledger.key").public


@pytest.fixture
def filled(units: Units, clock: FixedClock) -> int:
    for number in range(1, 6):
        with units.begin() as unit:
            for at in range(number):
                unit.record(Event("ThingChanged", f"thing-{number}", clock.now(), {"at": at}))
    return 15


def verify(database: Database, key: VerifyingKey, kept: str = "") -> LedgerReport:
    with database.read() as connection:
        return verify_ledger(connection, key, kept=kept)


def test_what_commits_is_there_and_what_rolls_back_is_not(units, database, key, clock, filled) -> None:
    with pytest.raises(RuntimeError), units.begin() as unit:  # noqa: PT012 - the block is what is tested
        unit.record(Event("ThingChanged", "never", clock.now()))
        raise RuntimeError
    seen: list[str] = []
    with database.read() as connection:
        report = verify_ledger(connection, key, visit=lambda _at, entry: seen.append(entry.subject))
    assert (report.entries, report.checkpoints, report.problems) == (filled, 5, ())
    assert "never" not in seen
    assert seen[0] == "thing-1"


def test_any_changed_bit_of_an_entry_is_found(database, key, filled) -> None:
    with database.read() as connection:
        bodies = {row.position: row.body for row in connection.execute(sa.select(ENTRY))}
    chance = random.Random(7)
    for position, body in bodies.items():
        for bit in chance.sample(range(len(body) * 8), 8):
            changed = bytearray(body)
            changed[bit // 8] ^= 1 << bit % 8
            with database.begin() as connection:
                connection.execute(sa.update(ENTRY).where(ENTRY.c.position == position).values(body=bytes(changed)))
            assert verify(database, key).problems, (position, bit)
        with database.begin() as connection:
            connection.execute(sa.update(ENTRY).where(ENTRY.c.position == position).values(body=bytes(body)))
    assert not verify(database, key).problems


@pytest.mark.parametrize(
    "statement",
    [
        sa.delete(ENTRY).where(ENTRY.c.position == 3),
        sa.delete(ENTRY).where(ENTRY.c.position == 14),
        sa.insert(ENTRY).values(position=15, body=b'{"name":"Slipped","subject":"in","at":"","facts":{}}'),
        sa.update(HEAD).values(frontier=b"\x00" * 8),
        sa.update(CHECKPOINT).where(CHECKPOINT.c.size == 6).values(note="no checkpoint"),
        sa.delete(CHECKPOINT).where(CHECKPOINT.c.size == 15),
    ],
)
def test_removing_adding_and_replacing_is_found(database, key, filled, statement) -> None:
    with database.begin() as connection:
        connection.execute(statement)
    assert verify(database, key).problems


def test_a_checkpoint_signed_for_another_size_is_found(database, key, filled, tmp_path) -> None:
    signing = SigningKey.load_or_create(tmp_path / "ledger.key")
    with database.begin() as connection:
        note = connection.execute(sa.select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == 6)).scalar_one()
        root = open_checkpoint(note, signing.public).root
        forged = Checkpoint("test.example/ledger", 10, root).sign(signing)
        connection.execute(sa.update(CHECKPOINT).where(CHECKPOINT.c.size == 6).values(note=forged))
    assert len(verify(database, key).problems) >= 1


def test_a_kept_checkpoint_shows_that_a_whole_ledger_was_written_anew(database, key, filled) -> None:
    with database.read() as connection:
        kept = connection.execute(sa.select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == 15)).scalar_one()
    with database.begin() as connection:
        for table in (ENTRY, HEAD, CHECKPOINT):
            connection.execute(sa.delete(table))
    assert not verify(database, key).problems
    assert [problem.where for problem in verify(database, key, kept).problems] == ["checkpoint 15"]


def test_another_keys_checkpoint_is_refused(key, tmp_path) -> None:
    other = SigningKey.load_or_create(tmp_path / "other.key")
    note = Checkpoint("test.example/ledger", 0, b"\0" * 32).sign(other)
    with pytest.raises(IntegrityError, match="another key"):
        open_checkpoint(note, key)
    assert open_checkpoint(note, other.public).size == 0
    with pytest.raises(IntegrityError):
        open_checkpoint(note.replace("\n0\n", "\n1\n"), other.public)


def test_a_broken_frontier_in_the_head_is_reported_and_not_raised(database, key, filled) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(HEAD).values(frontier=b"garbage"))
    assert [problem.where for problem in verify(database, key).problems] == ["head"]
