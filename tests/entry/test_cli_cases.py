"""People have the last word on cases: merge, split, proposals; and what they rule shows at once, due dates included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def two_cases(either: Terminal, write: Write) -> list[str]:
    """Two cases that a person could take for one, the older first."""
    write("a.json", reports.report("The evaluator trusts text", identifiers=["CVE-2026-2001"]))
    later = write("b.json", reports.report("Arithmetic on strangers' terms", identifiers=["CVE-2026-2002"]))
    either.run("submit", later.parent)
    either.run("process", "--no-prove")
    return [case["id"] for case in sorted(either.ask("cases")["cases"], key=lambda case: case["id"])]


def test_merge_and_split_by_a_person(either: Terminal, two_cases: list[str]) -> None:
    older, younger = two_cases
    merged = either.ask("merge", younger, older, "-m", "one sink", "--by", "Ann")
    assert merged["id"] == older
    assert merged["former_ids"] == [younger]
    assert merged["identifiers"] == ["CVE-2026-2001", "CVE-2026-2002"]

    shown = either.ask("show", younger)
    assert shown["case"]["id"] == older
    assert [(merge["decided_by"], merge["reason"]) for merge in shown["merges"]] == [("Ann", "one sink")]
    assert either.ask("show", "CVE-2026-2002")["case"]["id"] == older
    assert either.ask("cases")["total"] == 1

    leaving = next(item["id"] for item in shown["findings"] if item["identifiers"] == ["CVE-2026-2002"])
    parts = either.ask("split", older, leaving, "-m", "two sinks", "--by", "Ann")
    assert [part["id"] for part in parts] == [older, younger]
    assert either.ask("show", younger)["case"]["identifiers"] == ["CVE-2026-2002"]
    assert either.run("ledger", "verify").code == 0


def test_a_due_date_follows_a_ruling_at_once(either: Terminal, two_cases: list[str], write: Write) -> None:
    older, younger = two_cases
    catalogue = write("kev.json", reports.kev("CVE-2026-2002"))
    either.run("signals", "load", "kev", catalogue)
    either.run("process", "--no-prove")
    calm, urgent = _due(either, older), _due(either, younger)
    assert urgent < calm

    either.run("merge", older, younger, "-m", "one sink")
    assert _due(either, older) == urgent
    leaving = either.ask("show", older)["findings"]
    moved = next(item["id"] for item in leaving if item["identifiers"] == ["CVE-2026-2001"])
    parts = either.ask("split", older, moved, "-m", "two sinks")
    dues = {tuple(part["identifiers"]): _due(either, part["id"]) for part in parts}
    assert dues == {("CVE-2026-2001",): calm, ("CVE-2026-2002",): urgent}
    assert either.run("ledger", "verify").code == 0


def test_a_split_off_case_has_a_due_date_of_its_own(either: Terminal, write: Write) -> None:
    same = {"identifiers": ["CVE-2026-2003"]}
    write("a.json", reports.report("The evaluator trusts text", **same))
    either.run("submit", write("b.json", reports.report("Arithmetic on strangers' terms", **same)).parent)
    either.run("process", "--no-prove")
    case = either.ask("show", "CVE-2026-2003")
    assert len(case["findings"]) == 2
    parts = either.ask("split", case["case"]["id"], case["findings"][0]["id"], "-m", "not the same")
    for part in parts:
        assert either.ask("show", part["id"])["decision"]["due"]


def test_rulings_that_make_no_sense_are_refused(either: Terminal, two_cases: list[str]) -> None:
    older, younger = two_cases
    finding = either.ask("show", older)["findings"][0]["id"]
    assert either.refused("merge", older, older, "-m", "x", code=67) == "triage.one-case-only"
    assert either.refused("merge", older, "SW-2026-999999", "-m", "x", code=66) == "triage.unknown-case"
    assert either.refused("merge", older, younger, "-m", " ", code=65) == "triage.no-reason"
    assert either.refused("split", older, finding, "-m", "x", code=67) == "triage.nothing-to-split"
    assert either.refused("split", younger, finding, "-m", "x", code=65) == "triage.foreign-findings"
    assert either.refused("show", "CVE-1999-0001", code=66) == "triage.unknown-case"
    assert either.ask("cases")["total"] == 2


def test_proposals_are_accepted_or_declined(either: Terminal, write: Write) -> None:
    for number, words in enumerate(("a letter in a bottle", "one quiet Sunday", "because a cat walked by")):
        title = f"{words.title()} made me look"
        text = reports.report(title, description=f"{words}, and so on, about nothing else than {words}.")
        either.run("submit", write(f"{number}.json", text), "--submitter", f"person {number}")
    either.run("process", "--no-prove")
    waiting: list[dict[str, Any]] = either.ask("proposals")["proposals"]
    assert waiting, "the reports share product and weakness, so a person is asked"
    first = waiting[0]
    accepted = either.ask("proposals", "--accept", first["decision"]["id"], "--by", "Ann")
    assert accepted["id"] == first["cases"][0]
    assert len(accepted["findings"]) == 2
    assert either.refused("proposals", "--accept", first["decision"]["id"], "--by", "Ann", code=67) == "triage.not-open"

    left = either.ask("proposals")["proposals"]
    for proposal in left:
        declined = either.ask("proposals", "--decline", proposal["decision"]["id"], "--by", "Ann", "-m", "no")
        assert declined["state"] == "declined"
    assert either.run("proposals").out == "no proposals\n"
    assert either.ask("cases")["total"] == 2
    assert either.refused("proposals", "--decline", "SWM-0", "--by", "Ann", "-m", "no", code=66)
    assert "--accept" in either.run("proposals", "--accept", "a", "--decline", "b", "--by", "Ann", code=64).err


def _due(terminal: Terminal, case: str) -> str:
    return str(terminal.ask("show", case)["decision"]["due"])
