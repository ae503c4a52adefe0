"""What only a real process shows: exit codes, streams, signals, pipes and what starting up costs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
_STARTED = """
import sys
from typer.testing import CliRunner
from seawall.entry.cli.app import app
result = CliRunner().invoke(app, {words})
assert result.exit_code == 0, result.output
heavy = ("sqlalchemy", "alembic", "structlog", "httpx2", "jinja2", "cryptography", "multiprocessing", "yaml")
rooms = [name for name in sys.modules if name.startswith("seawall.") and name.count(".") == 1]
print(sorted({{name for name in heavy if name in sys.modules}} | set(rooms)))
"""


@pytest.mark.parametrize("words", [["--help"], ["process", "--help"], ["--version"]])
def test_help_imports_nothing_slow(words: list[str]) -> None:
    code = _STARTED.format(words=words)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "['seawall.entry', 'seawall.kernel']"


def test_answers_go_to_one_stream_and_errors_to_the_other(terminal: Terminal, write: Write) -> None:
    failed = terminal.spawn("cases", "--json", code=66)
    assert failed.out == ""
    assert json.loads(failed.err)["error"]["code"] == "home.missing"
    words = terminal.spawn("cases", code=66)
    assert words.out == ""
    assert "[home.missing]" in words.err
    assert "seawall init" in words.err

    good, absent = write("good.json", reports.report()), Path("/nonexistent.json")
    mixed = terminal.spawn("submit", absent, good, code=66)
    assert mixed.out.startswith("SWR-")
    assert mixed.out.count("\n") == 1
    assert "submit.no-such-file" in mixed.err
    done = terminal.spawn("process", "--no-prove")
    assert done.out.startswith("1 reports parsed")
    assert "parse: 1/1 done" in done.err
    assert terminal.spawn("process", "--no-prove", "--json").json["parsed"] == 0
    assert terminal.spawn("nonsense", code=64).out == ""


def test_a_reader_that_leaves_early_is_no_error(terminal: Terminal, write: Write) -> None:
    for number in range(30):
        path = write(f"{number:02}.json", reports.report(f"Finding {number} " + "x" * 3000, weakness=f"CWE-{number}"))
    terminal.run("submit", path.parent)
    terminal.run("process", "--no-prove")
    with terminal.start("cases", "--json") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "{\n"
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(30) in {0, 128 + signal.SIGPIPE}


@pytest.mark.sandbox
def test_ctrl_c_leaves_a_clean_state_and_the_next_run_finishes(terminal: Terminal, write: Write, sandbox: None) -> None:
    for number in range(4):
        text = reports.report(f"Run {number}", identifiers=[f"CVE-2026-600{number}"], evidence=reports.evidence())
        inbox = write(f"{number}.json", text).parent
    accepted = terminal.ask("submit", inbox)["accepted"]
    with terminal.start("process") as process:
        _wait_for_sandbox(process.pid)
        os.kill(process.pid, signal.SIGINT)
        begin = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert time.monotonic() - begin < 10
    assert "interrupted" in err
    assert "Traceback" not in err
    assert out == ""
    assert _descendants(process.pid) == []
    assert terminal.ask("ledger", "verify")["problems"] == []

    outcome = terminal.ask("process", SEAWALL_WORKERS="2")
    assert outcome["unproven"] == {}
    views = [terminal.ask("show", case["id"]) for case in terminal.ask("cases")["cases"]]
    assert sorted(report["id"] for view in views for report in view["reports"]) == sorted(
        report["id"] for report in accepted
    )
    assert [view["grade"] for view in views] == ["E3"] * 4
    assert all(len(view["proofs"]) == 1 for view in views)
    assert terminal.ask("ledger", "verify")["problems"] == []


def _wait_for_sandbox(pid: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if "bwrap" in {name for _, name in _descendants(pid)}:
            return
        time.sleep(0.05)
    pytest.fail("no proof was begun")


def _descendants(root: int) -> list[tuple[int, str]]:
    """Return process id and name of all that came from a process and still live in its session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(") ")
        except OSError:
            continue
        state, session = tail.split()[0], int(tail.split()[3])
        pid, _, name = head.partition(" (")
        if (session == root or _is_child(int(pid), root)) and state != "Z" and int(pid) != root:
            found.append((int(pid), name))
    return found


def _is_child(pid: int, root: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
        except OSError:
            return False
        if pid == root:
            return True
    return False
