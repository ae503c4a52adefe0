"""The main job through the command line, on both dialects, without proofs; proofs are in `test_cli_proofs`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def inbox(write: Write) -> Path:
    write("true.json", reports.true_report())
    write("fake.json", reports.faked_report())
    write("cut.json", '{"seawall_report": "1.0", "title": ')
    write(".hidden", "not to be sent")
    return write("missing.json", reports.missing_function_report()).parent


def test_reports_become_cases_with_due_dates(either: Terminal, inbox: Path) -> None:
    accepted = either.ask("submit", inbox, "--submitter", "Ann", "--marking", "GREEN")["accepted"]
    assert [report["name"] for report in accepted] == ["cut.json", "fake.json", "missing.json", "true.json"]
    assert {report["submitter"] for report in accepted} == {"Ann"}
    assert {report["marking"] for report in accepted} == {"TLP:GREEN"}

    outcome = either.ask("process", "--no-prove")
    assert (outcome["parsed"], outcome["quarantined"], outcome["opened"]) == (3, 1, 3)
    assert outcome["decided"] == 3

    listed = either.ask("cases")
    assert listed["total"] == 3
    first = next(case for case in listed["cases"] if case["identifiers"] == ["CVE-2026-1001"])
    assert first["grade"] == "E0"
    assert first["decision"]["due"]
    assert first["packages"] == ["pkg:pypi/seawall-sample"]

    shown = either.ask("show", first["id"])
    assert shown["reports"][0]["submitter"] == "Ann"
    assert shown["findings"][0]["evidence"]["entry"]["call"] == "seawall_sample:evaluate"
    assert either.ask("show", "cve-2026-1001")["case"]["id"] == first["id"]

    assert either.run("ledger", "verify").out.startswith("ok: ")
    again = either.ask("process", "--no-prove")
    assert not any(again[name] for name in ("parsed", "quarantined", "findings", "proofs", "decided"))


def test_the_same_bytes_from_the_same_person_are_one_report(either: Terminal, inbox: Path) -> None:
    first = either.ask("submit", inbox / "true.json")["accepted"]
    either.run("process", "--no-prove")
    second = either.ask("submit", inbox / "true.json")["accepted"]
    other = either.ask("submit", inbox / "true.json", "--submitter", "somebody else")["accepted"]
    assert first[0]["id"] == second[0]["id"] != other[0]["id"]
    assert either.ask("process", "--no-prove")["parsed"] == 1
    case = either.ask("show", "CVE-2026-1001")
    assert len(case["findings"]) == 2
    assert len(case["merges"]) == 1


def test_standard_input_is_a_report(terminal: Terminal) -> None:
    answer = terminal.run("submit", "-", "--json", stdin=reports.true_report().encode())
    assert answer.json["accepted"][0]["name"] == "standard input"
    assert terminal.ask("process", "--no-prove")["opened"] == 1


def test_one_bad_path_does_not_stop_the_others(terminal: Terminal, inbox: Path) -> None:
    answer = terminal.ask("submit", inbox / "absent.json", inbox / "true.json", code=66)
    assert [report["name"] for report in answer["accepted"]] == ["true.json"]
    assert answer["failed"][0]["error"]["code"] == "submit.no-such-file"
    assert answer["failed"][0]["error"]["remedy"]


def test_quarantine_lists_and_retries(either: Terminal, inbox: Path) -> None:
    either.run("submit", inbox)
    either.run("process", "--no-prove")
    waiting = either.ask("quarantine", code=1)["quarantined"]
    assert [(report["name"], report["problem"]["code"]) for report in waiting] == [
        ("cut.json", "intake.truncated-json")
    ]
    assert "intake.truncated-json" in either.run("quarantine", code=1).out
    assert len(either.ask("quarantine", "--retry", "all")["retried"]) == 1
    assert either.run("quarantine").out == "nothing is in quarantine\n"
    assert either.ask("process", "--no-prove")["quarantined"] == 1
    assert len(either.ask("quarantine", "--retry", waiting[0]["id"])["retried"]) == 1
    assert either.refused("quarantine", "--retry", waiting[0]["id"], code=67) == "intake.not-quarantined"
    assert either.refused("quarantine", "--retry", "SWR-0000000000000000", code=66) == "intake.no-such-report"


def test_cases_can_be_filtered_and_limited(terminal: Terminal, inbox: Path) -> None:
    terminal.run("submit", inbox)
    terminal.run("process", "--no-prove")
    assert terminal.ask("cases", "--grade", "e0")["total"] == 3
    assert terminal.ask("cases", "--grade", "E3") == {"cases": [], "total": 0}
    limited = terminal.ask("cases", "--limit", "1")
    assert (len(limited["cases"]), limited["total"]) == (1, 3)
    assert "… and 2 more" in terminal.run("cases", "--limit", "1").out


def test_verbs_need_a_home(terminal: Terminal) -> None:
    for words in (["process"], ["cases"], ["show", "x"], ["ledger", "verify"], ["publish", "x"], ["quarantine"]):
        assert terminal.refused(*words, code=66) == "home.missing"
    assert not terminal.home.exists()


@pytest.mark.parametrize(
    ("words", "environment", "error"),
    [
        (["cases"], {"SEAWALL_WORKERS": "many"}, "settings.invalid"),
        (["cases"], {"SEAWALL_MAX_BYTES": "0"}, "settings.invalid"),
        (["submit", "-", "--marking", "PINK"], {}, "kernel.invalid-marking"),
        (["submit", "-", "--submitter", " "], {}, "intake.no-submitter"),
    ],
)
def test_wrong_words_and_settings_are_refused(terminal, words, environment, error) -> None:
    answer = terminal.run(*words, "--json", code=65, **environment)
    problem = answer.error if answer.err else answer.json["failed"][0]["error"]
    assert problem["code"] == error
    assert problem["remedy"]


def test_init_says_where_and_whether_the_sandbox_works(either: Terminal, sandbox: None) -> None:
    made = either.ask("init")
    assert made["created"]
    assert made["home"] == str(either.home)
    assert made["sandbox"] == "ready"
    assert not either.ask("init")["created"]
    assert (either.home.stat().st_mode & 0o777) == 0o700
    key = either.home / "keys" / "ledger.key"
    assert (key.stat().st_mode & 0o077) == 0


def test_a_password_in_the_database_url_is_not_shown(terminal: Terminal) -> None:
    url = "postgresql+psycopg://seawall:hunter2@/x?host=/nowhere"
    answer = terminal.run("init", "--json", code=69, SEAWALL_DATABASE_URL=url)
    assert answer.error["code"] == "database.unavailable"
    assert "hunter2" not in answer.out + answer.err
    assert json.loads(answer.err)


def test_a_report_cannot_drive_the_terminal(terminal: Terminal, write: Write) -> None:
    title = "harmless \x1b]0;owned\x07\x1b[2J\u202egnp.exe [bold red]markup[/]"
    terminal.run("submit", write("a.json", reports.report(title, identifiers=["CVE-2026-9001"])))
    terminal.run("process", "--no-prove")
    for words in (["cases"], ["show", "CVE-2026-9001"]):
        out = terminal.run(*words).out
        assert "\x1b" not in out
        assert "\x07" not in out
        assert "\u202e" not in out
        assert "[bold red]markup[/]" in out
