from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.intake.conftest import ReadAll

from seawall.intake.model import AffectedProduct, Finding

RECORD = {"id": "PYSEC-2024-1", "modified": "2024-01-01T00:00:00Z"}


def record(read_all: ReadAll, **members: Any) -> Finding:
    _, (finding,) = read_all(json.dumps(RECORD | members))
    return finding


def test_a_whole_record(read_all: ReadAll, fixture: Callable[[str], bytes]) -> None:
    _, (finding,) = read_all(fixture("record.osv.json"))
    assert finding.place == ""
    assert finding.title == "Prototype Pollution in minimist"
    assert finding.identifiers == ("CVE-2021-44906", "GHSA-xvch-5gv4-984h")
    assert finding.weaknesses == ("CWE-1321",)
    assert finding.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)
    assert finding.credits == ("A. Finder",)
    assert finding.published_at == "2022-03-18T00:01:09Z"
    assert finding.products == (
        AffectedProduct("pkg:npm/minimist", (("introduced", "1.0.0"), ("fixed", "1.2.6")), ("1.2.5",)),
        AffectedProduct("pkg:npm/minimist", (("introduced", "0"), ("fixed", "0.2.4"))),
        AffectedProduct("pkg:deb/debian/node-minimist"),
        AffectedProduct("pkg:github/minimistjs/minimist"),
    )


def test_what_no_field_holds_survives(read_all: ReadAll, fixture: Callable[[str], bytes]) -> None:
    _, (finding,) = read_all(fixture("record.osv.json"))
    assert finding.extra["x_future"] == {"kept": True}
    assert finding.extra["other_ids"] == ["ACME-17"]
    assert finding.extra["severity"] == [{"type": "Ubuntu", "score": "low"}]
    assert finding.extra["affected"]["0"]["ecosystem_specific"] == {"affects": "cli"}
    assert finding.extra["affected"]["0"]["git_ranges"][0]["events"] == [{"introduced": "0"}]


def test_related_and_upstream_are_no_aliases(read_all: ReadAll) -> None:
    finding = record(read_all, related=["CVE-2020-0001"], upstream=["CVE-2020-0002"], aliases=["cve-2020-0003"])
    assert finding.identifiers == ("CVE-2020-0003", "PYSEC-2024-1")
    assert finding.extra["related"] == ["CVE-2020-0001"]
    assert finding.extra["upstream"] == ["CVE-2020-0002"]


def test_a_withdrawn_record_affects_nothing(read_all: ReadAll) -> None:
    affected = [{"package": {"ecosystem": "PyPI", "name": "A_b"}, "versions": ["1"]}]
    finding = record(read_all, withdrawn="2024-02-01T00:00:00Z", affected=affected)
    assert finding.status == "withdrawn"
    assert finding.extra["withdrawn"] == "2024-02-01T00:00:00Z"
    assert finding.products == (AffectedProduct("pkg:pypi/a-b", versions=("1",), status="not_affected"),)


def test_purls_follow_the_ecosystem(read_all: ReadAll) -> None:
    packages = [
        {"ecosystem": "npm", "name": "@scope/pkg"},
        {"ecosystem": "Maven", "name": "org.a:b"},
        {"ecosystem": "OSS-Fuzz", "name": "lib"},
        {"ecosystem": "PyPI", "name": ""},
        {"ecosystem": "PyPI", "name": "x", "purl": "not a purl"},
    ]
    finding = record(read_all, affected=[{"package": package} for package in packages])
    assert [product.purl for product in finding.products] == [
        "pkg:npm/%40scope/pkg",
        "pkg:maven/org.a/b",
        "pkg:generic/oss-fuzz/lib",
        "pkg:pypi/x",
    ]


def test_the_title_falls_back(read_all: ReadAll) -> None:
    assert record(read_all, details="# First\nsecond").title == "First"
    assert record(read_all).title == "PYSEC-2024-1"
    assert len(record(read_all, summary="x" * 500).title) == 200


def test_null_members_are_absent_ones(read_all: ReadAll) -> None:
    finding = record(read_all, aliases=None, affected=None, severity=None, credits=None, references=None, summary=None)
    assert finding.identifiers == ("PYSEC-2024-1",)
