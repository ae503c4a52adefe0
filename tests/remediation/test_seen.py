"""The memory of first days: it never forgets, never slides, and a crash leaves it whole."""

from __future__ import annotations

import json
import multiprocessing
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import BusyError, IntegrityError, UnavailableError
from seawall.platform.files import acquire
from seawall.remediation.seen import SeenFile

DAY = date(2026, 11, 21)
CVE, GHSA = "CVE-2026-1", "GHSA-aaaa-bbbb-cccc"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "first-seen.json"


def remembered(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(path.read_bytes())["assets"]
    return found


def note(path: Path, asset: str, *names: str, today: date = DAY) -> date:
    """What one check does."""
    book = SeenFile(path)
    first = book.first_seen(asset, names, today)
    book.save()
    return first


def test_the_first_day_stays(path: Path) -> None:
    assert note(path, "pump", CVE) == DAY
    assert note(path, "pump", CVE, today=DAY + timedelta(40)) == DAY
    assert note(path, "pump", "CVE-2026-2", today=DAY + timedelta(40)) == DAY + timedelta(40)
    assert note(path, "other", CVE, today=DAY + timedelta(40)) == DAY + timedelta(40)
    assert remembered(path)["pump"] == {CVE: "2026-11-21", "CVE-2026-2": "2026-12-31"}


def test_a_new_name_of_a_known_vulnerability_has_its_day(path: Path) -> None:
    note(path, "pump", GHSA)
    assert note(path, "pump", CVE, GHSA, today=DAY + timedelta(9)) == DAY
    assert note(path, "pump", CVE, today=DAY + timedelta(10)) == DAY, "also once the old name is gone"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("keycloak@10.0.2", "keycloak@10.0.3", True),
        ("keycloak", "keycloak@10.0.3", True),
        ("@scope/app@1.0.0", "@scope/app@2.0.0", True),
        ("@scope/app", "@other/app", False),
        ("root@server", "root@other", False),
        ("@1.0", "@2.0", False),
        ("portal", "pump", False),
    ],
)
def test_a_new_version_of_the_asset_does_not_restart_the_clock(path: Path, before: str, after: str, same: bool) -> None:
    note(path, before, CVE)
    later = DAY + timedelta(30)
    assert note(path, after, CVE, today=later) == (DAY if same else later)


def test_a_clock_that_went_back_moves_the_day_back_and_not_on(path: Path) -> None:
    note(path, "pump", CVE, today=DAY + timedelta(300))
    assert note(path, "pump", CVE) == DAY, "nothing was seen in the future"
    assert note(path, "pump", CVE, today=DAY + timedelta(5)) == DAY


@given(st.lists(st.tuples(st.sampled_from([CVE, GHSA, "PYSEC-1"]), st.integers(0, 50)), min_size=1, max_size=12))
def test_the_day_is_the_earliest_that_any_check_said(checks: list[tuple[str, int]]) -> None:
    book = SeenFile(Path("/nonexistent/first-seen.json"))
    earliest: dict[str, date] = {}
    for name, days in checks:
        today = DAY + timedelta(days)
        earliest[name] = min(today, earliest.get(name, today))
        assert book.first_seen("pump", [name], today) == earliest[name]


def test_nothing_is_written_where_nothing_is_new(path: Path) -> None:
    note(path, "pump", CVE)
    before = path.stat()
    note(path, "pump", CVE, today=DAY + timedelta(1))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    SeenFile(path.with_name("other.json")).save()
    assert not path.with_name("other.json").exists()


def test_what_another_check_wrote_meanwhile_is_kept(path: Path) -> None:
    one, two = SeenFile(path), SeenFile(path)
    one.first_seen("pump", [CVE], DAY + timedelta(3))
    one.first_seen("pump", ["CVE-2026-3"], DAY)
    two.first_seen("pump", [CVE], DAY)
    two.first_seen("pump", ["CVE-2026-3"], DAY + timedelta(3))
    two.first_seen("gate", ["CVE-2026-2"], DAY)
    two.save()
    one.save()
    assert remembered(path) == {
        "gate": {"CVE-2026-2": "2026-11-21"},
        "pump": {CVE: "2026-11-21", "CVE-2026-3": "2026-11-21"},
    }


def _checks(path: Path, number: int) -> None:
    for round_ in range(10):
        note(path, f"asset {number} {round_}", CVE)


def test_checks_that_run_at_the_same_time_lose_nothing(path: Path) -> None:
    processes = [multiprocessing.get_context("spawn").Process(target=_checks, args=(path, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(remembered(path)) == 40


def test_a_check_waits_for_another_one_only_so_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(path, "pump", CVE)
    before = path.read_bytes()
    monkeypatch.setattr("seawall.remediation.seen._PATIENCE", 0.05)
    book = SeenFile(path)
    book.first_seen("gate", [CVE], DAY)
    with path.with_name("first-seen.json.lock").open("ab") as other:
        assert acquire(other.fileno())
        with pytest.raises(BusyError) as caught:
            book.save()
    assert (caught.value.code, path.read_bytes()) == ("remediation.seen-busy", before)
    book.save()
    assert set(remembered(path)) == {"pump", "gate"}


def test_a_save_that_is_cut_short_leaves_what_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(path, "pump", CVE)
    before = path.read_bytes()
    book = SeenFile(path)
    book.first_seen("gate", [CVE], DAY)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError) as caught:
        book.save()
    assert caught.value.code == "remediation.unopened"
    assert "No space left" in caught.value.message
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}.lock"}, "no scraps"
    monkeypatch.undo()
    book.save()
    assert set(remembered(path)) == {"pump", "gate"}, "it can be tried again"


def test_the_new_file_is_whole_before_it_takes_the_old_ones_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(path, "pump", CVE)
    seen: list[tuple[object, object]] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        seen.append((json.loads(self.read_bytes()), json.loads(target.read_bytes())))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    note(path, "gate", CVE)
    ((new, old),) = seen
    assert old == {"assets": {"pump": {CVE: "2026-11-21"}}}
    assert new == {"assets": {"pump": {CVE: "2026-11-21"}, "gate": {CVE: "2026-11-21"}}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"assets": []}',
        b'{"assets": {"pump": {"CVE-2026-1": "soon"}}}',
        b'{"assets": {"pump": {"CVE-2026-1": "2026-11-',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_named_and_never_overwritten(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        SeenFile(path)
    assert caught.value.code == "remediation.damaged-seen"
    assert str(path) in caught.value.message
    assert caught.value.remedy
    assert path.read_bytes() == content


def test_a_file_that_is_damaged_meanwhile_is_not_overwritten(path: Path) -> None:
    note(path, "pump", CVE)
    book = SeenFile(path)
    book.first_seen("gate", [CVE], DAY)
    path.write_bytes(b'{"assets"')
    with pytest.raises(IntegrityError):
        book.save()
    assert path.read_bytes() == b'{"assets"'


def test_a_path_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        SeenFile(tmp_path)
    assert (caught.value.code, str(tmp_path) in caught.value.message) == ("remediation.unopened", True)
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError):
        SeenFile(tmp_path / "file" / "first-seen.json")


def test_it_may_be_written_by_hand(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"comment": "kept by IT", "assets": {"pump": {"CVE-2026-1": "2026-01-05"}}}')
    assert SeenFile(path).first_seen("pump", [CVE], DAY) == date(2026, 1, 5)
