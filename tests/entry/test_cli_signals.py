"""What others know changes due dates: KEV and CISA's points, loaded, retracted and loaded again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
CVE = "CVE-2026-4001"


@pytest.fixture
def waiting(either: Terminal, write: Write) -> Terminal:
    either.run("submit", write("a.json", reports.report(identifiers=[CVE])))
    either.run("process", "--no-prove")
    return either


def test_points_and_the_catalogue_bring_the_due_date_forward(waiting: Terminal, write: Write) -> None:
    calm = _due(waiting)
    record = write("cve.json", reports.cve_record(CVE, automatable="yes", impact="partial"))
    assert waiting.ask("signals", "load", "vulnrichment", record)["loaded"][0]["added"] >= 2
    assert _due(waiting) == calm, "a due date changes with the next run, and not behind anybody's back"
    assert waiting.ask("process", "--no-prove")["decided"] == 1
    pressing = _due(waiting)
    assert pressing < calm

    loaded = waiting.ask("signals", "load", "kev", write("kev.json", reports.kev(CVE)))["loaded"]
    assert loaded[0]["records"] == 1
    waiting.run("process", "--no-prove")
    urgent = waiting.ask("show", CVE)["decision"]
    assert urgent["due"] < pressing
    points = {point["point"]: point for point in urgent["points"]}
    kev = points["cisa:KEV:1.0.0"]
    assert kev["value"] == "yes"
    assert not kev["assumed"]
    assert kev["as_of"]

    # The catalogue takes it back: retracted, not deleted, and the due date follows.
    emptied = reports.kev("CVE-2026-4999").replace("2026.11.01", "2026.11.02").replace("2026-11-01T", "2026-11-02T")
    assert waiting.ask("signals", "load", "kev", write("kev-2.json", emptied))["loaded"][0]["retracted"] == 1
    waiting.run("process", "--no-prove")
    assert _due(waiting) == pressing
    assert waiting.ask("ledger", "verify")["problems"] == []


def test_loading_twice_adds_nothing(waiting: Terminal, write: Write) -> None:
    feed = write("kev.json", reports.kev(CVE))
    assert waiting.ask("signals", "load", "kev", feed)["loaded"][0]["added"] > 0
    again = waiting.ask("signals", "load", "kev", feed)["loaded"][0]
    assert (again["added"], again["retracted"]) == (0, 0)


def test_a_folder_of_records_is_one_load(waiting: Terminal, write: Write) -> None:
    for number in range(3):
        text = reports.cve_record(f"CVE-2026-500{number}", automatable="no", impact="partial")
        folder = write(f"CVE-2026-500{number}.json", text).parent
    assert waiting.ask("signals", "load", "vulnrichment", folder)["loaded"][0]["records"] == 3
    assert "3 records" in waiting.run("signals", "load", "vulnrichment", folder).out


def test_what_is_no_feed_is_refused(waiting: Terminal, write: Write) -> None:
    assert waiting.refused("signals", "load", "horoscope", write("x.json", "{}"), code=66)
    assert waiting.refused("signals", "load", "kev", write("y.json", "[1, 2"), code=65)
    assert waiting.refused("signals", "load", "kev", Path("/nonexistent/kev.json"), code=66) == "signals.no-such-file"
    assert waiting.ask("ledger", "verify")["problems"] == []


def _due(terminal: Terminal) -> str:
    return str(terminal.ask("show", CVE)["decision"]["due"])
