"""Lost nothing: SIGKILL at random points of submit and process, and in the end each effect is there once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from seawall.entry.bootstrap import open_seawall
from seawall.entry.settings import settings_from
from seawall.platform.ledger.store import entries
from tests.entry.packages import write_wheel

KILLS = 50
HOMES = 5
PROVEN = """
seawall_report: "1.0"
title: evaluate runs code, seen in report {n}
description: The function evaluates its argument, whatever it is. Seen by reporter {n}, in words of their own, {words}.
weaknesses: [CWE-95]
products: [{{purl: "pkg:pypi/seawall-sample@1.0"}}]
evidence:
  kind: input
  entry: {{call: "seawall_sample:evaluate", args: ["open('@@CANARY@@', 'w').close()  # {n}"]}}
  oracle: {{kind: canary}}
"""


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    words = ("early one morning", "by pure chance", "after a long search")
    for n, word in enumerate(words):
        (folder / f"proven-{n}.yaml").write_text(PROVEN.format(n=n, words=word))
    for n in range(6):
        results = [
            {
                "ruleId": f"R{at % 7}",
                "message": {"text": f"Rule {at % 7} fired on a call in module {n}"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": f"src/module_{n}.py"},
                            "region": {"startLine": at * 50 + 1},
                        }
                    }
                ],
            }
            for at in range(40)
        ]
        run = {"tool": {"driver": {"name": "sample", "rules": []}}, "results": results}
        (folder / f"scan-{n}.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    (folder / "truncated.json").write_text('{"seawall_report": "1.0", "title": ')
    return folder


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "seawall_sample", "1.0", {"seawall_sample.py": "def evaluate(text):\n    return eval(text)\n"})
    return folder


@pytest.mark.slow
@pytest.mark.sandbox
def test_sigkill_at_fifty_random_points_loses_nothing_and_repeats_nothing(inbox, wheels, tmp_path) -> None:
    chance = random.Random(20261121)
    cache = tmp_path / "cache"
    span = _measure(inbox, wheels, tmp_path / "calm", cache)
    for number in range(HOMES):
        home = tmp_path / f"home-{number}"
        acknowledged: Counter[str] = Counter()
        for _ in range(KILLS // HOMES):
            _run_and_kill(_commands(inbox), home, cache, wheels, chance.uniform(0.05, span), acknowledged)
        for command in _commands(inbox):
            result = _seawall(command, home, cache, wheels)
            assert result.returncode == 0, result.stderr
            if command[0] == "submit":
                acknowledged.update(_acknowledged(result.stdout))
        _check(home, cache, wheels, set(acknowledged), len(list(inbox.iterdir())))


def _commands(inbox: Path) -> list[list[str]]:
    return [["submit", str(inbox), "--submitter", "crash-test"], ["process"]]


def _environment(home: Path, cache: Path, wheels: Path) -> dict[str, str]:
    own = {"SEAWALL_HOME": home, "SEAWALL_CACHE": cache, "PIP_FIND_LINKS": wheels, "PIP_NO_INDEX": 1}
    return os.environ | {key: str(value) for key, value in own.items()}


def _seawall(command: list[str], home: Path, cache: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seawall", *command],
        env=_environment(home, cache, wheels),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _measure(inbox: Path, wheels: Path, home: Path, cache: Path) -> float:
    """Run once undisturbed (which also builds the environment) and once more, and return the seconds that it took."""
    for command in _commands(inbox):
        result = _seawall(command, home, cache, wheels)
        assert result.returncode == 0, result.stderr
    begin = time.monotonic()
    for command in _commands(inbox):
        _seawall(command, home.with_name("calm-2"), cache, wheels)
    return time.monotonic() - begin


def _run_and_kill(commands, home, cache, wheels, after: float, acknowledged: Counter[str]) -> None:
    deadline = time.monotonic() + after
    for command in commands:
        with subprocess.Popen(
            [sys.executable, "-m", "seawall", *command],
            env=_environment(home, cache, wheels),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)  # the process alone: its workers must notice by themselves
                output, _ = process.communicate()
                acknowledged.update(_acknowledged(output))
                return
            acknowledged.update(_acknowledged(output))


def _acknowledged(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines() if line.startswith("SWR-") and "bytes" in line]


def _check(home: Path, cache: Path, wheels: Path, acknowledged: set[str], submitted: int) -> None:
    seawall = open_seawall(settings_from(_environment(home, cache, wheels)))
    overview = seawall.overview()
    quarantined = [report.id for report in overview.quarantined]
    reports = {report.id for view in overview.cases for report in view.reports} | set(quarantined)
    assert len(reports) == submitted
    assert acknowledged <= reports
    findings = Counter(finding.id for view in overview.cases for finding in view.findings)
    assert len(findings) == 6 * 40 + 3
    assert set(findings.values()) == {1}
    proofs = Counter(proof.finding_id for view in overview.cases for proof in view.proofs)
    assert len(proofs) == 3
    assert set(proofs.values()) == {1}
    verified = _seawall(["ledger", "verify", "--json"], home, cache, wheels)
    assert verified.returncode == 0, verified.stdout
    seen: Counter[tuple[str, str]] = Counter()
    with seawall.database.read() as connection:
        for _, body in entries(connection):
            entry = json.loads(body)
            seen[entry["name"], entry["subject"]] += 1
    once = {"ReportReceived", "ReportParsed", "ReportQuarantined", "ProofRecorded"}
    assert {key: times for key, times in seen.items() if key[0] in once and times != 1} == {}
    assert sum(name == "ReportReceived" for name, _ in seen) == submitted
    seawall.database.close()
