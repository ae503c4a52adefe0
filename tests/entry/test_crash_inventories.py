"""Nothing half-stored: SIGKILL at random points of `inventory add`, and running it again finishes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from seawall.platform.ledger.store import entries
from tests.entry import operator_fixtures as world
from tests.entry.conftest import Terminal

FILES = 1_200
"""More than one transaction takes."""
COMPONENTS = 12
KILLS = 8


@pytest.fixture
def inbox(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "inbox"
    folder.mkdir()
    paths = []
    for number in range(FILES):
        own = [f"package-{(number * 7 + at) % 900}=={number % 5}.{at % 3}" for at in range(COMPONENTS - 1)]
        path = folder / f"server-{number}.txt"
        path.write_text("\n".join([*own, "jinja2==3.1.3"]) + "\n")
        paths.append(path)
    return paths


@pytest.mark.slow
def test_sigkill_leaves_nothing_half_stored(terminal: Terminal, inbox: list[Path], tmp_path: Path) -> None:
    terminal.run("inventory", "list")
    terminal.run("index", "build", world.write_feeds(tmp_path / "feeds"))
    words = ("inventory", "add", *inbox, "--owner", "us", "--by", "Kim", "--json")
    chance = random.Random(20261121)
    span = _measure(terminal, words, tmp_path)
    killed = 0
    for _ in range(KILLS):
        with terminal.start(*words) as process:
            try:
                process.communicate(timeout=chance.uniform(0.3, 1.1) * span)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                killed += 1
        _check(terminal)
    assert killed, "nothing was killed, so nothing was shown"
    again = terminal.ask(*words[:-1])["added"]
    assert len(again) == FILES
    assert {each["snapshot"] for each in again} == {1}
    assert _check(terminal) == FILES
    assert all(each["unchanged"] for each in terminal.ask(*words[:-1])["added"])
    impact = terminal.ask("affected", _advisory(tmp_path), code=1)["records"][0]["affected"]
    assert len({each["asset"] for each in impact}) == FILES


def _measure(terminal: Terminal, words: tuple[str | Path, ...], folder: Path) -> float:
    """Return the seconds of a run that nobody disturbs, in another home."""
    begin = time.monotonic()
    terminal.spawn(*words, SEAWALL_HOME=str(folder / "calm"))
    return time.monotonic() - begin


def _check(terminal: Terminal) -> int:
    """Compare all that is stored with the ledger, and count the assets; each has one whole snapshot."""
    assert terminal.ask("ledger", "verify")["problems"] == []
    seawall = terminal.open()
    with seawall.database.read() as connection:
        assets = connection.execute(sa.text("SELECT count(*) FROM inventory_asset")).scalar_one()
        installed = connection.execute(sa.text("SELECT count(*) FROM inventory_installed")).scalar_one()
        waiting = connection.execute(sa.text("SELECT count(*) FROM inventory_version WHERE matched_at IS NULL"))
        assert waiting.scalar_one() == 0
        events = Counter(json.loads(body)["name"] for _, body in entries(connection))
    seawall.database.close()
    assert installed == assets * COMPONENTS
    assert events["InventoryAdded"] == assets
    return int(assets)


def _advisory(folder: Path) -> Path:
    path = folder / "advisory.json"
    path.write_text(json.dumps(world.osv("GHSA-1", "PyPI", "jinja2", *world.below("3.1.4"))))
    return path
