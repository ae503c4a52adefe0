"""Each mandatory test on documents of our own: one change that it must find, and neighbours that it must not."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from tests.advisories.examples import V2, V31, changed, document

from seawall.advisories.csaf import MANDATORY, Severity, validate
from seawall.advisories.csaf.checks.revisions import version_key

_HASH = "0123456789abcdef" * 2
_SCORE = {"version": "3.1", "vectorString": V31, "baseScore": 9.8, "baseSeverity": "CRITICAL"}
_LATER = "2026-02-02T03:04:05Z"


def _history(*items: tuple[str, str]) -> list[dict[str, str]]:
    return [{"date": date, "number": number, "summary": "x"} for date, number in items]


def _tracking(version: str, *items: tuple[str, str], status: str = "final") -> bytes:
    whole = document()
    whole["document"]["tracking"].update(version=version, status=status, revision_history=_history(*items))
    return json.dumps(whole).encode()


def _profile(category: str, *changes: tuple[str, Any]) -> bytes:
    whole = document()
    whole["document"]["category"] = category
    for pointer, value in changes:
        *steps, last = pointer.strip("/").split("/")
        place: Any = whole
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return json.dumps(whole).encode()


def _relationship(product_id: str, left: str, right: str) -> dict[str, Any]:
    return {
        "category": "installed_on",
        "full_product_name": {"name": product_id, "product_id": product_id},
        "product_reference": left,
        "relates_to_product_reference": right,
    }


_D1, _D2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
_VULNERABILITY = "/vulnerabilities/0"
_FLAG = {"label": "component_not_present"}

FAILING: list[tuple[str, bytes]] = [
    ("6.1.1", changed(f"{_VULNERABILITY}/product_status/known_affected", ["P9"])),
    ("6.1.1", changed(f"{_VULNERABILITY}/flags", [{**_FLAG, "product_ids": ["P9"]}])),
    ("6.1.1", changed("/product_tree/relationships", [_relationship("R1", "P1", "P9")])),
    ("6.1.2", changed("/product_tree/full_product_names/-", {"name": "Again", "product_id": "P1"})),
    ("6.1.3", changed("/product_tree/relationships", [_relationship("R1", "P1", "R1")])),
    (
        "6.1.3",
        changed(
            "/product_tree/relationships",
            [_relationship("R1", "P1", "R2"), _relationship("R2", "R3", "P1"), _relationship("R3", "R1", "P1")],
        ),
    ),
    ("6.1.4", changed(f"{_VULNERABILITY}/remediations/0/group_ids", ["G9"])),
    ("6.1.5", changed("/product_tree/product_groups/-", {"group_id": "G1", "product_ids": ["P1", "P3"]})),
    ("6.1.6", changed(f"{_VULNERABILITY}/product_status/first_fixed", ["P1"])),
    ("6.1.7", changed(f"{_VULNERABILITY}/scores/-", {"products": ["P3", "P1"], "cvss_v3": _SCORE})),
    ("6.1.8", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/baseSeverity", ...)),
    ("6.1.8", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/vectorString", "AV:N")),
    ("6.1.8", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/version", "3.0")),
    ("6.1.9", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/baseScore", 9.7)),
    ("6.1.9", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/baseSeverity", "HIGH")),
    ("6.1.9", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/temporalScore", 1.0)),
    ("6.1.9", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/vectorString", "CVSS:3.1/AV:N/AC:L")),
    (
        "6.1.9",
        changed(f"{_VULNERABILITY}/scores/0/cvss_v2", {"version": "2.0", "vectorString": V2, "baseScore": 7.4}),
    ),
    ("6.1.10", changed(f"{_VULNERABILITY}/scores/0/cvss_v3/attackVector", "LOCAL")),
    ("6.1.11", changed(f"{_VULNERABILITY}/cwe", {"id": "CWE-79", "name": "XSS"})),
    ("6.1.11", changed(f"{_VULNERABILITY}/cwe", {"id": "CWE-16", "name": "Configuration"})),
    ("6.1.12", changed("/document/lang", "EZ")),
    ("6.1.12", changed("/document/source_lang", "en-ZZZ")),
    ("6.1.13", changed("/product_tree/full_product_names/0/product_identification_helper", {"purl": "pkg:maven/@1"})),
    ("6.1.14", _tracking("1", (_D1, "2"), (_D2, "1"))),
    ("6.1.15", changed("/document/publisher/category", "translator")),
    ("6.1.16", _tracking("1", (_D1, "1"), (_D2, "2"))),
    ("6.1.17", _tracking("0.9.0", (_D1, "0.9.0"))),
    ("6.1.18", _tracking("1", (_D1, "0"), (_D2, "1"))),
    ("6.1.19", _tracking("1.0.0", (_D1, "1.0.0-rc1"), (_D2, "1.0.0"), status="draft")),
    ("6.1.20", _tracking("1.0.0-rc1", (_D1, "1.0.0"))),
    ("6.1.21", _tracking("3", (_D1, "1"), (_D2, "3"))),
    ("6.1.21", _tracking("2", (_D1, "2"))),
    ("6.1.22", _tracking("1", (_D1, "1"), (_D2, "1"))),
    ("6.1.23", changed("/vulnerabilities/-", {"cve": "CVE-2026-10001"})),
    (
        "6.1.24",
        changed(
            f"{_VULNERABILITY}/involvements",
            [
                {"party": "vendor", "status": "open", "date": "2026-01-01T01:00:00+01:00"},
                {"party": "vendor", "status": "completed", "date": "2026-01-01T00:00:00Z"},
            ],
        ),
    ),
    (
        "6.1.25",
        changed(
            "/product_tree/full_product_names/0/product_identification_helper",
            {
                "hashes": [
                    {
                        "filename": "a",
                        "file_hashes": [{"algorithm": "md5", "value": _HASH}, {"algorithm": "md5", "value": _HASH}],
                    }
                ]
            },
        ),
    ),
    ("6.1.26", changed("/document/category", "Security  Advisory")),
    ("6.1.26", changed("/document/category", "csaf_own")),
    ("6.1.27.1", _profile("csaf_security_incident_response")),
    ("6.1.27.2", _profile("csaf_informational_advisory")),
    ("6.1.27.3", _profile("csaf_informational_advisory")),
    ("6.1.27.4", _profile("csaf_vex", ("/product_tree", ...))),
    ("6.1.27.5", _profile("csaf_security_advisory", ("/vulnerabilities/0/notes", ...))),
    ("6.1.27.6", _profile("csaf_security_advisory", ("/vulnerabilities/0/product_status", ...))),
    ("6.1.27.7", _profile("csaf_vex", ("/vulnerabilities/0/product_status", {"recommended": ["P1"]}))),
    ("6.1.27.8", _profile("csaf_vex", ("/vulnerabilities/0/cve", ...))),
    ("6.1.27.9", _profile("csaf_vex", ("/vulnerabilities/0/product_status/known_not_affected", ["P3"]))),
    ("6.1.27.10", _profile("csaf_vex", ("/vulnerabilities/0/remediations", ...))),
    ("6.1.27.11", _profile("csaf_security_advisory", ("/vulnerabilities", ...))),
    ("6.1.28", _profile("csaf_base", ("/document/lang", "en"), ("/document/source_lang", "EN"))),
    ("6.1.29", changed(f"{_VULNERABILITY}/remediations/0/product_ids", ...)),
    ("6.1.30", _tracking("2.0.0", (_D1, "1"), (_D2, "2.0.0"))),
    (
        "6.1.31",
        changed(
            "/product_tree/branches",
            [{"category": "product_version", "name": "1.0 and Later", "product": {"name": "x", "product_id": "P9"}}],
        ),
    ),
    ("6.1.32", changed(f"{_VULNERABILITY}/flags", [_FLAG])),
    (
        "6.1.33",
        changed(
            f"{_VULNERABILITY}/flags",
            [{**_FLAG, "group_ids": ["G1"]}, {"label": "vulnerable_code_not_present", "product_ids": ["P2"]}],
        ),
    ),
]

PASSING: list[bytes] = [
    json.dumps(document()).encode(),
    changed("/product_tree/relationships", [_relationship("R1", "P1", "P2"), _relationship("R2", "R1", "P3")]),
    changed(f"{_VULNERABILITY}/product_status/recommended", ["P1"]),
    changed(f"{_VULNERABILITY}/scores/-", {"products": ["P3"], "cvss_v3": _SCORE}),
    changed(f"{_VULNERABILITY}/scores/0/cvss_v3/temporalScore", 9.8),
    changed(f"{_VULNERABILITY}/scores/0/cvss_v3/attackVector", "NETWORK"),
    changed(f"{_VULNERABILITY}/cwe", {"id": "CWE-20", "name": "Improper Input Validation"}),
    changed("/document/lang", "zh-Hant-TW"),
    changed("/document/lang", "qaa-QM"),
    changed("/document/category", "Acme Advisory"),
    _tracking("2", (_D2, "2"), (_D1, "1")),
    _tracking("2", (_D1, "2"), (_D1, "1")),
    _tracking("1.10.0+b", (_D1, "1.9.0"), (_D2, "1.10.0")),
    _tracking("1.0.0-rc1", (_D1, "1.0.0"), status="draft"),
    _tracking("1", (_D1, "0"), (_D2, "1"), status="draft"),
    _profile("csaf_security_advisory"),
    _profile("csaf_vex"),
    changed("/vulnerabilities/-", {"cve": "CVE-2026-10002"}),
]


@pytest.mark.parametrize(("test", "data"), FAILING, ids=[test for test, _ in FAILING])
def test_finds(test: str, data: bytes) -> None:
    found = [finding for finding in validate(data) if finding.test == test]
    assert found
    assert all(finding.severity is Severity.ERROR and finding.message and finding.remedy for finding in found)


@pytest.mark.parametrize("data", PASSING)
def test_does_not_find(data: bytes) -> None:
    assert validate(data) == []


def test_every_mandatory_test_of_the_standard_is_there() -> None:
    profiles = [f"6.1.27.{number}" for number in range(1, 12)]
    expected = [f"6.1.{number}" for number in range(1, 34) if number not in {8, 27}] + profiles
    assert sorted(check.id for check in MANDATORY) == sorted(expected)
    assert {test for test, _ in FAILING} == {*expected, "6.1.8"}
    assert [check.id for check in MANDATORY][:3] == ["6.1.1", "6.1.2", "6.1.3"]


def test_each_function_documents_its_section() -> None:
    for check in MANDATORY:
        assert (check.run.__doc__ or "").startswith(f"{check.id}:")


def test_pointers_lead_to_the_place() -> None:
    data = changed("/product_tree/product_groups/0/product_ids", ["P1", "P7"])
    assert [finding.pointer for finding in validate(data)] == ["/product_tree/product_groups/0/product_ids/1"]


def test_weakness_newer_than_the_list_is_a_warning() -> None:
    data = changed("/vulnerabilities/0/cwe", {"id": "CWE-99999", "name": "Of tomorrow"})
    assert [(finding.test, finding.severity) for finding in validate(data)] == [("6.1.11", Severity.WARNING)]


def test_unreadable_document_is_a_finding() -> None:
    assert [(finding.test, finding.pointer) for finding in validate(b"{")] == [("schema", "")]


def test_deep_product_tree_costs_no_stack() -> None:
    leaf: dict[str, Any] = {"category": "product_name", "name": "x", "product": {"name": "x", "product_id": "P8"}}
    for _ in range(150):
        leaf = {"category": "vendor", "name": "x", "branches": [leaf]}
    assert validate(changed("/product_tree/branches", [leaf])) == []


def test_long_chain_of_relationships() -> None:
    chain = [_relationship(f"R{i}", f"R{i - 1}" if i else "P1", "P2") for i in range(5000)]
    assert validate(changed("/product_tree/relationships", chain)) == []
    chain[0]["product_reference"] = "R4999"
    assert {f.test for f in validate(changed("/product_tree/relationships", chain))} == {"6.1.3"}


def test_semantic_versions_are_ordered_as_their_standard_says() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.1"]
    keys = [version_key(number) for number in ordered]
    assert all(lower < higher for lower, higher in pairwise(keys))
    assert version_key("2") == version_key("2.0.0+build")
