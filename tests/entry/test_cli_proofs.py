"""The main job with proofs, on packages of our own: reports in, grades, documents and exposed components out."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from seawall.advisories import validate, validate_record
from tests.entry import reports
from tests.entry.conftest import Terminal

pytestmark = pytest.mark.sandbox

REPORTS = {
    "true.json": reports.true_report(),
    "faked.json": reports.faked_report(),
    "missing.json": reports.missing_function_report(),
    "fixed.json": reports.fixed_already_report(),
}


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory, cache: Path, wheels: Path, sandbox: None) -> Terminal:
    """A home in which four reports were proven; tests of this module only add to it."""
    folder = tmp_path_factory.mktemp("proven")
    terminal = Terminal(
        folder / "home",
        {"SEAWALL_CACHE": str(cache), "PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1", "SEAWALL_WORKERS": "2"},
    )
    inbox = folder / "inbox"
    inbox.mkdir()
    for name, text in REPORTS.items():
        (inbox / name).write_text(text)
    terminal.run("submit", inbox, "--marking", "CLEAR")
    outcome = terminal.ask("process")
    assert (outcome["proofs"], outcome["proven"], outcome["refuted"]) == (4, 1, 3)
    assert outcome["unproven"] == {}
    return terminal


@pytest.mark.parametrize(
    ("identifier", "grade", "reason"),
    [
        ("CVE-2026-1001", "E3", "seen in 3 of 3 runs"),
        ("CVE-2026-1002", "refuted", "absent_target: "),
        ("CVE-2026-1003", "refuted", "no_entry_point: "),
        ("CVE-2026-1004", "refuted", "does_not_reproduce: "),
    ],
)
def test_only_the_true_report_is_proven(proven: Terminal, identifier: str, grade: str, reason: str) -> None:
    shown = proven.ask("show", identifier)
    assert shown["grade"] == grade
    assert shown["grade_reason"].startswith(reason)
    assert shown["proofs"][0]["runs"]
    assert all(run["environment"] for run in shown["proofs"][0]["runs"])


def test_every_control_of_the_true_report_held(proven: Terminal) -> None:
    (proof,) = proven.ask("show", "CVE-2026-1001")["proofs"]
    assert {control["name"]: control["state"] for control in proof["controls"]} == {
        "threat_model": "held",
        "absent_target": "held",
        "benign_input": "held",
        "fixed_version": "held",
    }
    assert {environment["purl"] for environment in proof["environments"]} >= {
        "pkg:pypi/seawall-sample@1.0",
        "pkg:pypi/seawall-sample@1.1",
    }


def test_the_list_puts_what_is_proven_first(proven: Terminal) -> None:
    grades = [case["grade"] for case in proven.ask("cases")["cases"]]
    assert grades == ["E3", "refuted", "refuted", "refuted"]
    table = proven.run("cases").out
    assert table.index("E3") < table.index("absent_target")
    assert "seen in 3 of 3" in proven.run("show", "CVE-2026-1001").out


def test_a_proof_is_made_once(proven: Terminal) -> None:
    assert proven.run("process").out == "nothing was waiting\n"
    assert proven.ask("process", "--again")["proofs"] == 0


def test_published_documents_are_valid(proven: Terminal) -> None:
    published = proven.ask("publish", "--proven")
    folder = Path(published["folder"])
    documents = {item["format"]: (folder / item["path"]).read_bytes() for item in published["publications"]}
    assert set(documents) == {"csaf", "osv"}
    assert validate(documents["csaf"]) == []
    assert validate_record(documents["osv"]) == []
    vulnerability = json.loads(documents["csaf"])["vulnerabilities"][0]
    assert vulnerability["cve"] == "CVE-2026-1001"
    assert "CVE-2026-1001" in json.loads(documents["osv"])["aliases"]
    numbers = [item["number"] for item in proven.ask("publish", "CVE-2026-1001")["publications"]]
    assert numbers == [1, 1], "what is unchanged is not published anew"
    assert proven.ask("show", "CVE-2026-1001")["publications"]


def test_what_was_refuted_is_not_published(proven: Terminal) -> None:
    assert proven.refused("publish", "CVE-2026-1002", code=67)
    assert proven.run("publish", code=64).err


def test_an_inventory_with_the_vulnerable_version_is_exposed(proven: Terminal, tmp_path: Path) -> None:
    sbom = tmp_path / "shop.cdx.json"
    sbom.write_text(reports.sbom("pkg:pypi/seawall-sample@1.0", "pkg:pypi/other@2.0"))
    case = proven.ask("show", "CVE-2026-1001")["case"]["id"]
    result = proven.ask("check", sbom, code=1)["result"]
    (exposure,) = result["exposures"]
    assert exposure["component"]["purl"] == "pkg:pypi/seawall-sample@1.0"
    assert case in exposure["vulnerability"]["identifiers"]
    assert exposure["records"] == [f"case:{case}"]
    assert exposure["decision"]["due"] > result["at"][:10]
    assert exposure["fixed"] == ["1.1"]
    words = proven.run("check", sbom, code=1).out
    assert "Upgrade seawall-sample to 1.1 or later" in words
    assert exposure["decision"]["due"] in words


@pytest.mark.parametrize("purl", ["pkg:pypi/seawall-sample@1.1", "pkg:npm/seawall-sample@1.0"])
def test_an_inventory_without_it_is_clean(proven: Terminal, tmp_path: Path, purl: str) -> None:
    sbom = tmp_path / "shop.cdx.json"
    sbom.write_text(reports.sbom(purl))
    answer = proven.ask("check", sbom)
    assert answer["result"]["exposures"] == []
    assert [item["ecosystem"] for item in answer["result"]["not_compared"]] == (["npm"] if "npm" in purl else [])
    assert "Nothing that could be compared is affected" in proven.run("check", sbom).out


def test_check_finds_the_home_wherever_its_database_lies(proven: Terminal, tmp_path: Path) -> None:
    moved = proven.home.parent / "elsewhere.sqlite"
    _copy_database(proven, moved)
    sbom = tmp_path / "shop.cdx.json"
    sbom.write_text(reports.sbom("pkg:pypi/seawall-sample@1.0"))
    empty = tmp_path / "no-home"
    assert proven.refused("check", sbom, code=66, SEAWALL_HOME=str(empty)) == "remediation.nothing-known"
    (empty / "keys").mkdir(parents=True)
    for key in (proven.home / "keys").iterdir():
        (empty / "keys" / key.name).write_bytes(key.read_bytes())
    settings: dict[str, Any] = {"SEAWALL_HOME": str(empty), "SEAWALL_DATABASE_URL": f"sqlite:///{moved}"}
    assert len(proven.ask("check", sbom, code=1, **settings)["result"]["exposures"]) == 1


def test_the_ledger_vouches_for_all_of_it(proven: Terminal) -> None:
    report = proven.ask("ledger", "verify")
    assert report["problems"] == []
    assert report["entries"] > 4 * 4


def test_amber_reports_need_a_word_before_they_are_published(terminal: Terminal, write: Any, sandbox: None) -> None:
    secret = reports.report(marking="TLP:AMBER", identifiers=["CVE-2026-1009"], evidence=reports.evidence())
    terminal.run("submit", write("secret.json", secret))
    assert terminal.ask("process")["proven"] == 1
    code = terminal.refused("publish", "CVE-2026-1009", code=67)
    assert code.startswith("advisories.")
    assert not list((terminal.home / "publications").rglob("*.json"))
    released = terminal.ask("publish", "CVE-2026-1009", "--marking", "CLEAR", "--by", "Ann")["publications"]
    assert len(released) == 2
    assert terminal.ask("ledger", "verify")["problems"] == []


def _copy_database(terminal: Terminal, target: Path) -> None:
    source = sqlite3.connect(terminal.home / "seawall.sqlite")
    copy = sqlite3.connect(target)
    source.backup(copy)
    source.close()
    copy.close()
