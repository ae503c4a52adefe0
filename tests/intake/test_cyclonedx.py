from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.intake.conftest import ReadAll

from seawall.intake.formats.vers import VersionSet, parse_vers
from seawall.intake.model import AffectedProduct, Finding


def vulnerability(read_all: ReadAll, **members: Any) -> Finding:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.7", "vulnerabilities": [members]}
    _, (finding,) = read_all(json.dumps(document))
    return finding


def test_a_vex_with_components(read_all: ReadAll, fixture: Callable[[str], bytes]) -> None:
    _, (first, second) = read_all(fixture("vdr.cdx.json"))
    assert first.identifiers == ("CVE-2021-44906", "GHSA-xvch-5gv4-984h")
    assert first.extra["other_ids"] == ["ACME-17"]
    assert first.status == "not_affected"
    assert first.extra["analysis"]["justification"] == "code_not_reachable"
    assert first.products == (
        AffectedProduct("pkg:npm/minimist@1.2.5", status="not_affected"),
        AffectedProduct("pkg:npm/minimist@0.2.1", status="not_affected"),  # through a BOM-Link
    )
    assert first.extra["products"] == [{"ref": "inner", "name": "inner-tool", "status": "not_affected"}]
    assert first.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)
    assert first.weaknesses == ("CWE-1321",)
    assert first.extra["recommendation"] == "Upgrade to 1.2.6"
    assert second.status == ""


def test_ranges_and_versions_with_a_status_each(read_all: ReadAll, fixture: Callable[[str], bytes]) -> None:
    _, (_, second) = read_all(fixture("vdr.cdx.json"))
    events = (("introduced", "0"), ("fixed", "0.2.1"), ("introduced", "1.0.0"), ("fixed", "1.2.3"))
    assert second.products == (
        AffectedProduct("pkg:npm/minimist", events),
        AffectedProduct("pkg:npm/minimist", versions=("1.1.0",)),
        AffectedProduct("pkg:npm/minimist", versions=("0.2.1",), status="not_affected"),
    )
    assert "older than the hills" in str(second.extra["affects"])  # a range that is no VERS is kept in words


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("resolved", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("false_positive", "not_affected"),
        ("something new", ""),
    ],
)
def test_states_become_vex_words(read_all: ReadAll, state: str, word: str) -> None:
    finding = vulnerability(read_all, id="CVE-2024-1234", analysis={"state": state}, affects=[{"ref": "pkg:npm/a@1"}])
    assert finding.status == word
    assert finding.products[0].status == (word or "affected")
    assert finding.extra["analysis"] == {"state": state}


def test_a_rejected_entry_affects_nothing(read_all: ReadAll) -> None:
    finding = vulnerability(read_all, id="CVE-2024-1234", rejected="2024-01-01", affects=[{"ref": "pkg:npm/a@1"}])
    assert (finding.status, finding.products[0].status) == ("withdrawn", "not_affected")


def test_the_product_of_the_metadata_can_be_referred_to(read_all: ReadAll) -> None:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.4",
        "metadata": {"component": {"bom-ref": "me", "name": "me", "purl": "pkg:pypi/Me@1"}},
        "vulnerabilities": [{"id": "CVE-2024-1234", "affects": [{"ref": "me"}]}],
    }
    _, (finding,) = read_all(json.dumps(document))
    assert finding.purl == "pkg:pypi/me@1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vers:npm/>=1.0.0|<1.2.3", VersionSet((("introduced", "1.0.0"), ("fixed", "1.2.3")))),
        ("vers:npm/<=2", VersionSet((("introduced", "0"), ("last_affected", "2")))),
        ("vers:npm/>=3", VersionSet((("introduced", "3"),))),
        ("vers:npm/1.0|=2.0", VersionSet(versions=("1.0", "2.0"))),
        ("vers:pypi/*", VersionSet((("introduced", "0"),))),
        ("vers:npm/<1%2B2", VersionSet((("introduced", "0"), ("fixed", "1+2")))),
        ("vers:npm/1 2", None),
        ("< 1.2", None),
    ],
)
def test_vers_in_osv_words(text: str, expected: VersionSet | None) -> None:
    assert parse_vers(text) == expected
