"""Bad input, end to end: a code, a remedy, an exit code, and not a byte lost; for proofs see `test_bad_proofs`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
DEEP = b"[" * 10_000 + b"]" * 10_000
MIB = 1024 * 1024


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("report.json", reports.report())
    return stream.getvalue()


def _alias_bomb() -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "seawall_report: '1.0'\ntitle: bomb\n" + "\n".join(rows) + "\n"


UNREADABLE: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("empty.json", b"", "intake.empty"),
    "white space": ("blank.json", b" \n\t\n", "intake.empty"),
    "truncated": ("cut.json", reports.report()[:-20], "intake.truncated-json"),
    "deep": ("deep.json", DEEP, "intake.too-deep"),
    "invalid UTF-8": (
        "latin.json",
        reports.report("caf\xe9").encode().replace(b"\\u00e9", b"\xe9"),
        "intake.invalid-utf8",
    ),
    "wrong SARIF version": ("old.sarif", json.dumps({"version": "1.0.0", "runs": []}), "intake.wrong-version"),
    "wrong report version": ("new.json", json.dumps({"seawall_report": "9.0", "title": "x"}), "intake.wrong-version"),
    "alias bomb": ("bomb.yaml", _alias_bomb(), "intake.yaml-bomb"),
    "archive": ("report.json", _zip(), "intake.not-text"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_kept_with_its_reason(terminal: Terminal, write: Write, kind: str) -> None:
    name, content, code = UNREADABLE[kind]
    path = write(name, content)
    write_good = write("good.json", reports.report())
    accepted = terminal.ask("submit", path, write_good)["accepted"]
    outcome = terminal.ask("process", "--no-prove")
    assert (outcome["parsed"], outcome["quarantined"]) == (1, 1)
    (aside,) = terminal.ask("quarantine", code=1)["quarantined"]
    assert aside["id"] == accepted[0]["id"]
    assert aside["problem"]["code"] == code
    assert aside["problem"]["remedy"]
    assert code in terminal.run("quarantine", code=1, COLUMNS="400").out
    assert terminal.open().blobs.read(aside["digest"]) == path.read_bytes()
    assert terminal.ask("ledger", "verify")["problems"] == []


@pytest.mark.slow
def test_a_line_of_300_mib_is_kept_and_refused(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    with path.open("wb") as file:
        file.write(b'{"seawall_report": "1.0", "title": "')
        for _ in range(300):
            file.write(b"x" * MIB)
        file.write(b'"}')
    (accepted,) = terminal.ask("submit", path)["accepted"]
    assert accepted["size"] == path.stat().st_size
    assert terminal.ask("process", "--no-prove")["quarantined"] == 1
    (aside,) = terminal.ask("quarantine", code=1)["quarantined"]
    assert aside["problem"]["code"] == "intake.token-too-long"
    assert aside["problem"]["remedy"]
    stored = terminal.home / "blobs" / accepted["digest"][:2] / accepted["digest"][2:]
    assert stored.stat().st_size == accepted["size"]
    path.unlink()


def test_what_is_larger_than_allowed_is_refused_before_it_is_acknowledged(terminal: Terminal, write: Write) -> None:
    answer = terminal.ask("submit", write("big.json", b"x" * 5000), code=65, SEAWALL_MAX_BYTES="4096")
    assert answer["accepted"] == []
    assert answer["failed"][0]["error"]["code"] == "blob.too-large"
    assert "SEAWALL_MAX_BYTES" in answer["failed"][0]["error"]["remedy"]
    assert [path for path in (terminal.home / "blobs").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "path", [pytest.param("/nonexistent/report.json", id="absent"), pytest.param("/proc/self/mem", id="unreadable")]
)
def test_a_file_that_cannot_be_opened_or_read(terminal: Terminal, path: str) -> None:
    answer = terminal.run("submit", path, "--json", code=66 if "nonexistent" in path else 69)
    assert answer.json["failed"][0]["error"]["remedy"]


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("purl", "words"),
    [
        pytest.param("pkg:pypi/seawall-sample", ["names no version", "Name the version"], id="no version"),
        pytest.param("pkg:pypi/seawall-none-such@1.0", ["seawall-none-such"], id="no such package"),
        pytest.param("pkg:pypi/seawall-sample@99.0", ["seawall-sample", "99.0"], id="no such version"),
        pytest.param("pkg:cargo/serde@1.0.0", ["cargo", "person"], id="no such ecosystem yet"),
    ],
)
def test_a_product_that_cannot_be_built_is_inconclusive(
    terminal: Terminal, write: Write, sandbox: None, purl: str, words: list[str]
) -> None:
    terminal.run("submit", write("a.json", reports.report(purl=purl, evidence=reports.evidence())))
    outcome = terminal.ask("process")
    assert (outcome["proofs"], outcome["proven"]) == (1, 0)
    (case,) = terminal.ask("cases")["cases"]
    assert case["grade"] == "inconclusive"
    for word in words:
        assert word in case["why"]
    shown: dict[str, Any] = terminal.ask("show", case["id"])
    assert shown["findings"][0]["evidence"]["entry"]["call"] == "seawall_sample:evaluate"
    assert terminal.ask("ledger", "verify")["problems"] == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "remediation.unreadable-inventory"),
        (b'{"bomFormat": "CycloneDX"', "remediation.unreadable-inventory"),
        (b'{"hello": "world"}', "remediation.unknown-inventory"),
        (_zip(), "remediation.unknown-inventory"),
    ],
)
def test_an_inventory_that_cannot_be_read(terminal: Terminal, write: Write, content: bytes, code: str) -> None:
    assert terminal.refused("check", write("sbom.json", content), code=65) == code
