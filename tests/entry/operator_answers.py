"""What tests of `seawall check` share: a home with an index, exit codes, and how answers are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.entry import operator_fixtures as world
from tests.entry.conftest import Answer, Terminal

NOTHING_DUE, DUE, OVERDUE = 0, 1, 2
USAGE, BAD_INPUT, NOT_FOUND, UNAVAILABLE, DAMAGED = 64, 65, 66, 69, 74


def home_with_index(folder: Path) -> Path:
    """Make a home with an index, as `seawall index build` leaves it."""
    terminal = Terminal(folder / "home", {"SEAWALL_CACHE": str(folder / "cache")})
    answer = terminal.ask("index", "build", world.write_feeds(folder / "feeds"))
    assert answer["unreadable"] == 0, answer["problems"]
    return terminal.home


def found(document: Any) -> set[tuple[str, str]]:
    """Which vulnerability in which version of a component."""
    pairs = set()
    for exposure in document["result"]["exposures"]:
        component = exposure["component"]
        purl = (component["purl"] or "").partition("?")[0]
        pairs.add(
            (exposure["vulnerability"]["id"], purl.rpartition("@")[2].replace("%2B", "+") or component["version"])
        )
    return pairs


def exposure_of(document: Any, vulnerability: str) -> Any:
    (exposure,) = [one for one in document["result"]["exposures"] if one["vulnerability"]["id"] == vulnerability]
    return exposure


def code_of(answer: Answer) -> str:
    assert answer.out == ""
    assert answer.error["remedy"]
    assert answer.error["message"]
    return str(answer.error["code"])
