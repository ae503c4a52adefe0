"""Hostile proofs, all at once: the machine and the verifier survive, and nothing is believed that did not happen."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.entry import reports
from tests.entry.conftest import Terminal

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ATTACKS = (
    "fork_bomb",
    "fill_disk",
    "sleep",
    "print_much",
    "call_out",
    "write_outside",
    "kill_parents",
    "forge_verdict",
)


class Outcome:
    """What the attacks left behind."""

    def __init__(self, terminal: Terminal, called: list[str], targets: list[Path]) -> None:
        self.terminal = terminal
        self.called = called
        self.targets = targets

    def view(self, name: str) -> dict[str, Any]:
        """The case of one attack."""
        number = 7000 + [*ATTACKS, "true"].index(name)
        return dict(self.terminal.ask("show", f"CVE-2026-{number}"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, cache: Path, wheels: Path, sandbox: None) -> Iterator[Outcome]:
    """Submit one report for each attack and a true one, and prove them side by side."""
    folder = tmp_path_factory.mktemp("attacks")
    environment = {"SEAWALL_CACHE": str(cache), "PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1"}
    terminal = Terminal(folder / "home", environment | {"SEAWALL_WORKERS": "3"})
    targets = [folder / "home" / "pwned", folder / "pwned", Path.home() / "seawall-pwned", Path("/etc/seawall-pwned")]
    inbox = folder / "inbox"
    inbox.mkdir()
    with _Listener() as listener:
        arguments = {
            "call_out": f"127.0.0.1 {listener.port}",
            "write_outside": "\n".join(str(path) for path in targets),
        }
        for number, attack in enumerate(ATTACKS):
            entry = {"call": f"seawall_hostile:{attack}", "args": [arguments.get(attack, "x")]}
            text = reports.report(
                f"Attack {attack}",
                purl="pkg:pypi/seawall-hostile@1.0",
                weakness=f"CWE-{400 + number}",
                identifiers=[f"CVE-2026-{7000 + number}"],
                evidence=reports.evidence(entry=entry),
            )
            (inbox / f"{attack}.json").write_text(text)
        last = reports.report(identifiers=[f"CVE-2026-{7000 + len(ATTACKS)}"], evidence=reports.evidence())
        (inbox / "true.json").write_text(last)
        terminal.run("submit", inbox)
        answer = terminal.spawn("process", "--json", timeout=400)
        assert answer.json["proofs"] == len(ATTACKS) + 1
        assert answer.json["unproven"] == {}
        yield Outcome(terminal, listener.called, targets)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_never_proven(outcome: Outcome, attack: str) -> None:
    view = outcome.view(attack)
    assert view["grade"] in {"refuted", "inconclusive"}
    (proof,) = view["proofs"]
    assert proof["seen"] == 0
    assert proof["runs"], proof["reason"]
    assert len(json.dumps(proof)) < 20_000, "what a proof printed is kept in bounds"


def test_a_true_report_among_them_is_proven(outcome: Outcome) -> None:
    assert outcome.view("true")["grade"] == "E3"


def test_nothing_got_out(outcome: Outcome) -> None:
    assert outcome.called == []
    assert [path for path in outcome.targets if path.exists()] == []


def test_limits_are_named_in_words(outcome: Outcome) -> None:
    assert "limit" in outcome.view("sleep")["grade_reason"]
    assert outcome.terminal.ask("ledger", "verify")["problems"] == []


class _Listener:
    """A server on this machine that a proof must not reach; it is not part of pytest's own sockets."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.port = 0

    def __enter__(self) -> Self:
        program = (
            "import socket, sys\n"
            "server = socket.create_server(('127.0.0.1', 0))\n"
            "print(server.getsockname()[1], flush=True)\n"
            "while True:\n"
            "    connection, _ = server.accept()\n"
            "    print('called', flush=True)\n"
            "    connection.close()\n"
        )
        self._process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._reader = threading.Thread(target=lambda: self.called.extend(self._process.stdout or ()), daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
