from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.intake.conftest import FIXTURES, ReadAll, Refusal

from seawall.intake.formats.sarif_words import path_inside
from seawall.intake.model import Finding


def log(*results: dict[str, Any], driver: dict[str, Any] | None = None, **run: Any) -> str:
    """A log whose members stand in the awkward order: results before the tool."""
    tool = {"driver": {"name": "My Tool", **(driver or {})}}
    return json.dumps({"runs": [{"results": list(results), "tool": tool, **run}], "version": "2.1.0"})


@pytest.fixture
def one(read_all: ReadAll) -> Callable[..., Finding]:
    def run(result: dict[str, Any], product: str = "", **rest: Any) -> Finding:
        _, (finding,) = read_all(log({"message": {"text": "m"}, **result}, **rest), product)
        return finding

    return run


def test_bandit(read_all: ReadAll, fixture: Callable[[str], bytes]) -> None:
    _, findings = read_all(fixture("bandit.sarif"), "pkg:pypi/Some_App@1.0")
    assert [finding.rule for finding in findings] == ["bandit/B404", "bandit/B602", "bandit/B506"]
    load = findings[2]
    assert load.place == "/runs/0/results/2"
    assert load.title.startswith("Use of unsafe yaml load.")
    assert load.weaknesses == ("CWE-20",)
    assert (load.location.path, load.location.line) == ("app.py", 13)
    assert load.location.snippet == "    return yaml.load(text)"
    assert load.extra["level"] == "warning"
    assert load.extra["properties"] == {"issue_confidence": "HIGH", "issue_severity": "MEDIUM"}
    assert load.purl == "pkg:pypi/Some_App@1.0"  # the service canonicalises the submitter's purl


def test_what_bandit_writes_today_is_read(read_all: ReadAll, tmp_path: Path) -> None:
    bandit = Path(sys.executable).parent / "bandit"
    if not bandit.exists():
        pytest.skip("bandit is not installed")
    (tmp_path / "app.py").write_bytes((FIXTURES / "scanned_app.txt").read_bytes())
    command = [bandit, "-q", "-f", "sarif", tmp_path / "app.py"]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    _, findings = read_all(done.stdout)
    assert {(finding.rule, finding.location.line) for finding in findings} == {
        ("bandit/B404", 3),
        ("bandit/B602", 9),
        ("bandit/B506", 13),
    }


def test_rules_are_found_by_index_id_hierarchy_and_extension(read_all: ReadAll) -> None:
    rules = [
        {"id": "R1", "properties": {"tags": ["external/cwe/cwe-079"]}},
        {"id": "R2", "properties": {"cwe": ["CWE-89"]}},
    ]
    text = json.dumps(
        {
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {"name": "t", "rules": rules},
                        "extensions": [{"name": "x", "rules": [rules[1]]}],
                    },
                    "results": [
                        {"message": {"text": "by index"}, "ruleIndex": 1},
                        {"message": {"text": "by id"}, "ruleId": "R1"},
                        {"message": {"text": "below"}, "ruleId": "R1/sub"},
                        {"message": {"text": "there"}, "rule": {"id": "R2", "index": 0, "toolComponent": {"index": 0}}},
                        {"message": {"text": "stranger"}, "ruleId": "R9"},
                        {"message": {"text": "none"}},
                        {"message": {"text": "beyond"}, "ruleIndex": 77, "ruleId": "R2"},
                    ],
                }
            ],
        }
    )
    _, findings = read_all(text)
    assert [finding.rule for finding in findings] == ["t/R2", "t/R1", "t/R1", "t/R2", "t/R9", "t", "t/R2"]
    assert [finding.weaknesses for finding in findings] == [
        ("CWE-89",), ("CWE-79",), ("CWE-79",), ("CWE-89",), (), (), ("CWE-89",),
    ]  # fmt: skip


def test_weaknesses_from_taxa_and_relationships(one: Callable[..., Finding]) -> None:
    rule = {"id": "R", "relationships": [{"target": {"id": "120", "toolComponent": {"name": "CWE"}}}]}
    assert one({"ruleId": "R"}, driver={"rules": [rule]}).weaknesses == ("CWE-120",)
    assert one({"taxa": [{"id": "CWE-22"}, {"id": "A03", "toolComponent": {"name": "OWASP"}}]}).weaknesses == (
        "CWE-22",
    )


@pytest.mark.parametrize(
    ("rule", "identifiers"),
    [
        ({"id": "CVE-2021-44228"}, ("CVE-2021-44228",)),
        ({"id": "CVE-2021-44228-log4j-core"}, ("CVE-2021-44228",)),
        ({"id": "ghsa-xvch-5gv4-984h-minimist"}, ("GHSA-xvch-5gv4-984h",)),
        ({"id": "X", "properties": {"tags": ["security", "CVE-2020-1234"]}}, ("CVE-2020-1234",)),
        ({"id": "X", "properties": {"cve": "CVE-2020-1234"}}, ("CVE-2020-1234",)),
        ({"id": "GO-S1001"}, ()),
        ({"id": "A-1", "properties": {"tags": ["A-1", "GO-x", "like CVE-2020-1234"]}}, ()),
        ({"id": "X", "shortDescription": {"text": "like CVE-2020-1234"}}, ()),
    ],
)
def test_identifiers_come_from_labels_only(
    one: Callable[..., Finding], rule: dict[str, Any], identifiers: tuple[str, ...]
) -> None:
    assert one({"ruleId": rule["id"]}, driver={"rules": [rule]}).identifiers == identifiers


def test_the_text_never_gives_an_identifier(one: Callable[..., Finding]) -> None:
    assert one({"message": {"text": "similar to CVE-2020-1234"}}).identifiers == ()


def test_location_symbol_index_and_unknown_members(one: Callable[..., Finding]) -> None:
    finding = one(
        {
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"index": 1},
                        "region": {"startLine": 7, "snippet": {"text": "1\n2\n3\n4\n5\n6\n7\n"}},
                    },
                    "logicalLocations": [{"fullyQualifiedName": "pkg.mod.func", "name": "func"}],
                },
                {"physicalLocation": {"artifactLocation": {"uri": "other.py"}, "region": {"startLine": 2}}},
            ],
            "partialFingerprints": {"primaryLocationLineHash": "abc:1"},
            "level": "error",
            "rank": 12.5,
            "x_vendor": {"deep": [1, None]},
        },
        artifacts=[{"location": {"uri": "a.py"}}, {"location": {"uri": "./src/b%20c.py"}}],
    )
    assert finding.location.path == "src/b c.py"
    assert (finding.location.line, finding.location.symbol) == (7, "pkg.mod.func")
    assert finding.location.snippet == "1\n2\n3\n4\n5"
    assert finding.extra == {
        "partialFingerprints": {"primaryLocationLineHash": "abc:1"},
        "level": "error",
        "rank": 12.5,
        "x_vendor": {"deep": [1, None]},
        "locations": [{"path": "other.py", "line": 2, "symbol": ""}],
    }


def test_messages_are_put_together(one: Callable[..., Finding]) -> None:
    rule = {"id": "R", "messageStrings": {"default": {"text": "{0} flows to {1}, {2} and {9}"}}}
    message = {"id": "default", "arguments": ["user", "sql"]}
    finding = one({"ruleId": "R", "message": message}, driver={"rules": [rule]})
    assert finding.title == "user flows to sql, {2} and {9}"
    assert one({"message": {"text": "first line\n\nmore"}}).description == "first line\n\nmore"
    assert one({"message": {}, "ruleId": "R7"}).title == "R7"


@pytest.mark.parametrize("claim", [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}])
def test_results_that_claim_nothing_give_no_finding(read_all: ReadAll, claim: dict[str, str]) -> None:
    _, findings = read_all(log({"message": {"text": "no"}, **claim}, {"message": {"text": "yes"}, "kind": "open"}))
    assert [(finding.title, finding.place) for finding in findings] == [("yes", "/runs/0/results/1")]


def test_product_from_result_then_submitter_then_run(one: Callable[..., Finding]) -> None:
    hosted = {"versionControlProvenance": [{"repositoryUri": "https://github.com/Acme/Tool.git", "revisionId": "abc"}]}
    assert one({}).products == ()
    assert one({}, **hosted).purl == "pkg:github/acme/tool@abc"
    assert one({}, properties={"purl": "pkg:npm/a@1"}).purl == "pkg:npm/a@1"
    assert one({}, "pkg:pypi/b@2", **hosted).purl == "pkg:pypi/b@2"
    assert one({"properties": {"purls": ["pkg:npm/c@3", "no"]}}, "pkg:pypi/b@2").purl == "pkg:npm/c@3"


@pytest.mark.parametrize(
    ("uri", "purl", "path"),
    [
        ("src/a.py", "", "src/a.py"),
        ("./src/../a.py", "", "a.py"),
        ("../../etc/passwd", "", "etc/passwd"),
        ("..\\..\\etc\\passwd", "", "etc/passwd"),
        ("file:///home/me/x/a.py", "", "home/me/x/a.py"),
        ("file://host/share/a.py", "", "share/a.py"),
        ("C:\\work\\a.py", "", "C:/work/a.py"),
        ("/v/lib/python3.11/site-packages/yaml/loader.py", "", "yaml/loader.py"),
        ("app/node_modules/@scope/pkg/lib/a.js", "", "lib/a.js"),
        ("file:///tmp/PyYAML-5.3.1/lib/yaml/loader.py", "pkg:pypi/pyyaml@5.3.1", "lib/yaml/loader.py"),
        ("a%20b.py", "", "a b.py"),
        (".", "", ""),
        ("a/" * 100_000 + "x/../b.py", "pkg:pypi/a@1", "a/" * 100_000 + "b.py"),
    ],
)
def test_paths_are_brought_inside_the_product(uri: str, purl: str, path: str) -> None:
    assert path_inside(uri, purl) == path


def test_several_runs_keep_their_tools_apart(read_all: ReadAll) -> None:
    runs = [{"tool": {"driver": {"name": name}}, "results": [{"message": {"text": name}}]} for name in ("a", "b")]
    _, findings = read_all(json.dumps({"version": "2.1.0", "runs": [*runs, {"tool": {"driver": {"name": "c"}}}]}))
    assert [(finding.rule, finding.place) for finding in findings] == [
        ("a", "/runs/0/results/0"),
        ("b", "/runs/1/results/0"),
    ]


def test_a_bad_result_is_placed(refusal: Refusal) -> None:
    error = refusal(log({"message": {"text": "m"}}, {"message": {"text": 7}}))
    assert error.code == "intake.schema-mismatch"
    assert error.details["place"] == "/runs/0/results/1"
    assert "message.text" in error.message


@pytest.mark.parametrize("part", ["result", "rule", "bag"])
def test_a_huge_part_is_refused(refusal: Refusal, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr("seawall.intake.formats.sarif_wire.PART_BYTES", 1000)
    huge = {"properties": {"x": ["y"] * 500}}
    result = {"message": {"text": "m"}, "ruleId": "R"} | (huge if part == "result" else {})
    rule = {"id": "R"} | (huge if part == "rule" else {})
    assert refusal(log(result, driver={"rules": [rule]}, **(huge if part == "bag" else {}))).code == "intake.too-large"
