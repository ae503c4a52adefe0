"""What people ruled: kept once for all, and never half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seawall.kernel.errors import (
    BusyError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    SeawallError,
    UnavailableError,
)
from seawall.remediation.model import ProductName, Verdict
from seawall.remediation.products.lock import exclusive
from seawall.remediation.products.rulings import FileRulings

INSTALLED = ProductName("Igor Pavlov", "7-Zip 23.01 (x64)")
RECORDED = ProductName("7-zip", "7-Zip", "cpe:2.3:a:7-zip:7-zip:*:*:*:*:*:*:*:*")
BY = {"by": "m.weber", "reason": "same program"}


class Ticking:
    """A clock that goes on by a second each time."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "product-rulings.json"


def rulings(path: Path) -> FileRulings:
    return FileRulings(path, Ticking())


def test_an_absent_file_rules_nothing_and_is_not_made(path: Path) -> None:
    assert rulings(path).ruling(INSTALLED, RECORDED) is None
    assert rulings(path).all() == ()
    assert not path.exists()


def test_a_ruling_holds_for_other_builds_spellings_and_processes(path: Path) -> None:
    made = rulings(path).rule(INSTALLED, RECORDED, Verdict.CONFIRMED, **BY)
    again = FileRulings(path)
    assert again.ruling(ProductName("igor  pavlov", "7-ZIP 24.08"), ProductName("7-Zip ", "7-zip")) is Verdict.CONFIRMED
    assert again.ruling(INSTALLED, ProductName("7-zip", "7-Zip for Linux")) is None
    assert again.ruling(RECORDED, INSTALLED) is None
    assert again.all() == (made,)
    assert (made.by, made.reason, made.at) == ("m.weber", "same program", "2026-12-01T00:00:01Z")


def test_the_last_ruling_counts_and_withdrawing_it_brings_the_one_before_back(path: Path) -> None:
    kept = rulings(path)
    kept.rule(INSTALLED, RECORDED, Verdict.CONFIRMED, **BY)
    second = kept.rule(INSTALLED, RECORDED, Verdict.REJECTED, by="a", reason="was a mistake")
    assert kept.ruling(INSTALLED, RECORDED) is Verdict.REJECTED
    taken = kept.withdraw(second.id, by="b", reason="no, it was right")
    assert taken.withdrawn is not None
    assert (taken.withdrawn.by, taken.verdict) == ("b", Verdict.REJECTED)
    assert kept.ruling(INSTALLED, RECORDED) is Verdict.CONFIRMED
    assert [one.id for one in FileRulings(path).all()] == [one.id for one in kept.all()]
    assert len(kept.all()) == 2
    with pytest.raises(NotFoundError, match="unknown-ruling"):
        kept.withdraw(second.id, by="b", reason="twice")


def test_saying_the_same_twice_is_one_ruling(path: Path) -> None:
    kept = rulings(path)
    first = kept.rule(INSTALLED, RECORDED, Verdict.CONFIRMED, **BY)
    assert kept.rule(INSTALLED, RECORDED, Verdict.CONFIRMED, by="x", reason="y") == first
    assert len(kept.all()) == 1


def test_products_known_by_cpe_alone_can_be_ruled_on(path: Path) -> None:
    kept = rulings(path)
    kept.rule(ProductName("", "", "cpe:/a:moxa:edr-810:3"), RECORDED, Verdict.REJECTED, **BY)
    assert kept.ruling(ProductName("", "", "cpe:2.3:a:moxa:edr-810:5:*:*:*:*:*:*:*"), RECORDED) is Verdict.REJECTED


@pytest.mark.parametrize(
    ("installed", "by", "reason", "code"),
    [
        (ProductName("Siemens", "n/a"), "a", "b", "remediation.unnamed-product"),
        (ProductName("", "", "no cpe"), "a", "b", "remediation.unnamed-product"),
        (INSTALLED, " ", "b", "remediation.incomplete-ruling"),
        (INSTALLED, "a", "", "remediation.incomplete-ruling"),
        (INSTALLED, "a", "b" * 3000, "remediation.incomplete-ruling"),
    ],
)
def test_incomplete_rulings_are_refused(path: Path, installed: ProductName, by: str, reason: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        rulings(path).rule(installed, RECORDED, Verdict.CONFIRMED, by=by, reason=reason)
    assert error.value.code == code
    assert not path.exists()


def _without_ids(document: dict[str, object]) -> None:
    document["rulings"][0]["id"] = "x"  # type: ignore[index]


def _twice(document: dict[str, object]) -> None:
    document["rulings"] *= 2  # type: ignore[operator]


def _other_verdict(document: dict[str, object]) -> None:
    document["rulings"][0]["verdict"] = "perhaps"  # type: ignore[index]


@pytest.mark.parametrize("damage", [_without_ids, _twice, _other_verdict])
def test_a_file_that_was_tampered_with_is_refused(path: Path, damage: Callable[[dict[str, object]], None]) -> None:
    rulings(path).rule(INSTALLED, RECORDED, Verdict.REJECTED, **BY)
    document = json.loads(path.read_bytes())
    damage(document)
    path.write_text(json.dumps(document))
    before = path.read_bytes()
    for act in (
        lambda kept: kept.ruling(INSTALLED, RECORDED),
        lambda kept: kept.all(),
        lambda kept: kept.rule(INSTALLED, RECORDED, Verdict.CONFIRMED, **BY),
    ):
        with pytest.raises(IntegrityError, match="damaged-rulings") as error:
            act(rulings(path))
        assert "backup" in error.value.remedy
    assert path.read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_refused(path: Path, share: float) -> None:
    rulings(path).rule(INSTALLED, RECORDED, Verdict.REJECTED, **BY)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(IntegrityError, match="damaged-rulings"):
        rulings(path).ruling(INSTALLED, RECORDED)


def test_a_newer_format_is_named_as_such(path: Path) -> None:
    path.write_text('{"format": 2, "sentences": []}')
    with pytest.raises(IntegrityError, match="newer-rulings"):
        rulings(path).all()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="rulings-unopened"):
        rulings(tmp_path / "none" / "r.json").rule(INSTALLED, RECORDED, Verdict.CONFIRMED, **BY)


def test_writers_wait_for_each_other_and_lose_nothing(path: Path) -> None:
    def rule(number: int) -> None:
        FileRulings(path).rule(ProductName("v", f"product line {number:c}"), RECORDED, Verdict.CONFIRMED, **BY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rule, range(ord("a"), ord("a") + 20)))
    assert len(FileRulings(path).all()) == 20


def test_a_writer_that_waits_too_long_says_so(path: Path) -> None:
    with exclusive(path), pytest.raises(BusyError, match="rulings-busy"), exclusive(path, patience=0.05):
        pass


_WRITER = """
import sys
from pathlib import Path
from seawall.remediation.model import ProductName, Verdict
from seawall.remediation.products.rulings import FileRulings
kept = FileRulings(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(100000):
    kept.rule(ProductName("v", f"p V{number}"), ProductName("v", "p"), Verdict.CONFIRMED, by="a", reason="b")
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_killed_writer_leaves_all_that_it_acknowledged(path: Path) -> None:
    for pause in (0.02, 0.05, 0.11):
        before = len(FileRulings(path).all())
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        acknowledged = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        held = len(FileRulings(path).all())
        assert held > int(acknowledged[-1] if acknowledged else -1)
        assert held >= before
    # The lock went with its holder, and what it left is cleared away.
    FileRulings(path).rule(INSTALLED, RECORDED, Verdict.REJECTED, **BY)
    assert not list(path.parent.glob(".*.part"))


def test_every_error_of_this_file_has_a_remedy(path: Path) -> None:
    path.write_text("[]")
    with pytest.raises(SeawallError) as error:
        rulings(path).all()
    assert error.value.diagnostics().remedy
