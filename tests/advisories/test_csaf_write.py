from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from tests.advisories.examples import NOW, PUBLISHER, V2, V4, V30, V31, advisory, case, findings
from tests.advisories.test_csaf_read import _SCHEMA, _official

from seawall.advisories import Advisory, AdvisoryProduct, Release, Revision, draft
from seawall.advisories.csaf import (
    csaf_file_name,
    document_path,
    encode,
    read_document,
    validate,
    write_document,
)
from seawall.advisories.service import released
from seawall.intake import Finding
from seawall.kernel.marking import Marking


def _written(item: Advisory) -> bytes:
    return encode(write_document(item, PUBLISHER, engine_version="0.1.0", path=document_path(item)))


@given(findings())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_can_be_drafted_gives_a_valid_document(items: list[Finding]) -> None:
    made = released(draft(case(*items), items, at=NOW), Release(Marking.CLEAR, "Coordinator"))
    data = _written(made)
    assert validate(data) == []
    assert _written(made) == data
    read = read_document(data)
    assert read.unknown() == []
    assert encode(read.document) == data
    assert b"TOP-SECRET" not in data
    if _SCHEMA.is_file():
        assert list(_official().iter_errors(json.loads(data))) == []


def test_all_that_an_advisory_says_is_in_the_document() -> None:
    made = advisory(
        identifiers=("CVE-2026-10001", "CVE-2026-10002", "GHSA-2345-6789-cfgh"),
        weaknesses=("CWE-16", "CWE-79", "CWE-1333"),
        vectors=(V31, V30, V2, V4, "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L"),
        priority="within 14 days",
    )
    data = json.loads(_written(made))
    (vulnerability,) = data["vulnerabilities"]
    assert data["document"]["category"] == "csaf_security_advisory"
    assert data["document"]["distribution"]["tlp"]["label"] == "WHITE"
    assert data["document"]["tracking"]["id"] == "SW-2026-000007"
    assert vulnerability["cve"] == "CVE-2026-10001"
    assert {item["text"] for item in vulnerability["ids"]} == {
        "CVE-2026-10002",
        "GHSA-2345-6789-cfgh",
        "SW-2026-000007",
    }
    assert vulnerability["cwe"]["id"] == "CWE-79"
    (score,) = vulnerability["scores"]
    assert score["cvss_v3"]["vectorString"] == V31
    assert score["cvss_v3"]["baseScore"] == 9.8
    assert score["cvss_v2"]["vectorString"] == V2
    text = json.dumps(data)
    for part in (V4, V30, "CWE-1333", "CWE-16", "within 14 days", "Ann Example", "E3", made.grade_reason):
        assert part in text


def test_products_status_and_remediation() -> None:
    made = advisory(
        products=(
            AdvisoryProduct(
                "pkg:pypi/rocket",
                affected=("1.0", "1.10", "1.9"),
                fixed=("1.11",),
                under_investigation=("0.1",),
                ranges=((("introduced", "1.0"), ("fixed", "1.11")),),
            ),
            AdvisoryProduct("pkg:npm/%40acme/pad", affected=("2.0 and later",)),
            AdvisoryProduct("pkg:npm/bare"),
        )
    )
    data = json.loads(_written(made))
    vendors = {vendor["name"]: vendor["branches"] for vendor in data["product_tree"]["branches"]}
    assert set(vendors) == {"PyPI", "@acme", "npm"}
    names = {leaf["name"]: leaf for leaf in vendors["PyPI"][0]["branches"]}
    assert list(names) == ["1.0", "1.9", "1.10", "1.11", "0.1", "vers:pypi/>=1.0|<1.11"]
    assert vendors["@acme"][0]["branches"][0]["category"] == "product_version_range"
    assert vendors["npm"][0]["product"]["product_identification_helper"] == {"purl": "pkg:npm/bare"}

    def product_id(name: str) -> str:
        return str(names[name]["product"]["product_id"])

    status = data["vulnerabilities"][0]["product_status"]
    assert status["first_fixed"] == status["fixed"] == [product_id("1.11")]
    assert product_id("vers:pypi/>=1.0|<1.11") in status["known_affected"]
    assert product_id("0.1") in status["under_investigation"]
    fixes = {item["details"]: item["product_ids"] for item in data["vulnerabilities"][0]["remediations"]}
    assert set(fixes["Update rocket to 1.11."]) == set(status["known_affected"]) - {
        vendors["@acme"][0]["branches"][0]["product"]["product_id"]
    }
    assert "No fix is known." in fixes


def test_claimed_fix_that_is_affected_is_no_advice() -> None:
    made = advisory(
        products=(
            AdvisoryProduct("pkg:pypi/rocket", affected=("1.2",), ranges=((("introduced", "0"), ("fixed", "1.2")),)),
        )
    )
    (vulnerability,) = json.loads(_written(made))["vulnerabilities"]
    assert [item["category"] for item in vulnerability["remediations"]] == ["none_available"]


def test_product_ids_do_not_change_with_the_rest() -> None:
    first = json.loads(_written(advisory(products=(AdvisoryProduct("pkg:pypi/rocket", affected=("1.0",)),))))
    second = json.loads(
        _written(
            advisory(
                title="Other",
                products=(AdvisoryProduct("pkg:npm/a"), AdvisoryProduct("pkg:pypi/rocket", affected=("0.9", "1.0"))),
            )
        )
    )
    known = {i for v in first["vulnerabilities"] for i in v["product_status"]["known_affected"]}
    assert known < {i for v in second["vulnerabilities"] for i in v["product_status"]["known_affected"]}


def test_advisory_without_products_is_csaf_base() -> None:
    data = _written(advisory(products=(), vectors=(V31,)))
    assert validate(data) == []
    assert json.loads(data)["document"]["category"] == "csaf_base"
    assert V31 in json.loads(data)["vulnerabilities"][0]["notes"][-1]["text"]


def test_history_is_kept() -> None:
    revisions = tuple(Revision(n, NOW + timedelta(days=n), f"Revision {n}.") for n in (1, 2, 3))
    tracking = json.loads(_written(advisory(revisions=revisions)))["document"]["tracking"]
    assert tracking["version"] == "3"
    assert [item["number"] for item in tracking["revision_history"]] == ["1", "2", "3"]
    assert tracking["initial_release_date"] < tracking["current_release_date"]


@pytest.mark.parametrize(
    ("marking", "label"),
    [(Marking.GREEN, "GREEN"), (Marking.AMBER, "AMBER"), (Marking.AMBER_STRICT, "AMBER"), (Marking.RED, "RED")],
)
def test_markings_have_their_label_of_tlp_1(marking: Marking, label: str) -> None:
    distribution = json.loads(_written(advisory(marking=marking)))["document"]["distribution"]
    assert distribution["tlp"]["label"] == label
    assert marking.label in distribution["text"]


def test_canonical_url() -> None:
    made = advisory()
    publisher = type(PUBLISHER)(PUBLISHER.name, PUBLISHER.namespace, base_url="https://clearinghouse.example/")
    data = write_document(made, publisher, engine_version="0.1.0", path=document_path(made))
    assert data.document.references[0].url == "https://clearinghouse.example/csaf/2026/sw-2026-000007.json"
    assert not data.document.references[0].external


def test_own_id_among_the_identifiers_is_named_once() -> None:
    (vulnerability,) = json.loads(_written(advisory(identifiers=("SW-2026-000007",))))["vulnerabilities"]
    assert vulnerability["ids"] == [{"system_name": "Seawall", "text": "SW-2026-000007"}]


def test_file_name_rule() -> None:
    assert csaf_file_name("SW-2026-000007") == "sw-2026-000007.json"
    assert csaf_file_name("Example Company - 2019-YH3234") == "example_company_-_2019-yh3234.json"
    assert csaf_file_name("RHBA-2019:0024") == "rhba-2019_0024.json"
