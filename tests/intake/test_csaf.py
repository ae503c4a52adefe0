from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.intake.conftest import ReadAll

from seawall.intake.model import AffectedProduct
from seawall.kernel.marking import UNMARKED, Marking


@pytest.fixture
def advisory(fixture: Callable[[str], bytes]) -> bytes:
    return fixture("advisory.csaf.json")


def test_a_finding_for_each_vulnerability(read_all: ReadAll, advisory: bytes) -> None:
    _, (first, second) = read_all(advisory)
    assert (first.place, second.place) == ("/vulnerabilities/0", "/vulnerabilities/1")
    assert first.identifiers == ("CVE-2024-0001", "GHSA-2222-3333-4444")
    assert first.weaknesses == ("CWE-79",)
    assert first.title == "Script in the title"
    assert first.description == "Long.\n\nShort."
    assert first.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)
    assert first.credits == ("A. Finder, B. Finder (Lab)",)
    assert (first.status, second.status) == ("affected", "not_affected")
    assert second.title == "Example advisory"
    assert "EX-2024-1" not in first.identifiers  # the advisory's own name is none of the vulnerability's


def test_products_with_purls_and_without(read_all: ReadAll, advisory: bytes) -> None:
    _, (first, second) = read_all(advisory)
    assert first.products == (
        AffectedProduct("pkg:pypi/example-lib@1.0"),  # through the relationship
        AffectedProduct("pkg:pypi/example-lib", (("introduced", "0.5"), ("fixed", "0.9"))),
        AffectedProduct("pkg:pypi/example-lib@1.1", status="fixed"),
    )
    assert {"name": "Box 9", "product_id": "P3", "product_status": "known_affected"} in first.extra["products"]
    assert second.products == (AffectedProduct("pkg:pypi/example-lib@1.0", status="not_affected"),)


def test_what_no_field_holds_survives(read_all: ReadAll, advisory: bytes) -> None:
    _, (first, _) = read_all(advisory)
    assert first.extra["remediations"][0]["details"] == "Upgrade."
    assert first.extra["x_generator"] == {"engine": "pen"}
    assert first.extra["other_ids"] == ["bug 17"]
    assert first.extra["document"]["id"] == "EX-2024-1"
    assert first.extra["notes"][0]["category"] == "legal_disclaimer"


@pytest.mark.parametrize(
    ("submitted", "label", "result"),
    [
        (UNMARKED, "GREEN", Marking.GREEN),
        (UNMARKED, "WHITE", Marking.CLEAR),
        (UNMARKED, "", UNMARKED),
        (UNMARKED, "BLUE", Marking.RED),
        (Marking.RED, "WHITE", Marking.RED),
        (Marking.CLEAR, "AMBER", Marking.AMBER),
    ],
)
def test_the_marking_is_the_documents_unless_the_submitter_is_stricter(
    read_all: ReadAll, advisory: bytes, submitted: Marking, label: str, result: Marking
) -> None:
    document = json.loads(advisory)
    document["document"]["distribution"] = {"tlp": {"label": label}} if label else {}
    _, (first, _) = read_all(json.dumps(document), marking=submitted)
    assert first.marking is result


def test_an_informational_advisory_gives_no_finding(read_all: ReadAll) -> None:
    document = {"document": {"csaf_version": "2.0", "category": "csaf_informational_advisory", "title": "x"}}
    assert read_all(json.dumps(document)) == ("csaf", [])


def test_unknown_product_ids_are_kept_by_id(read_all: ReadAll) -> None:
    document = {
        "document": {"csaf_version": "2.0"},
        "vulnerabilities": [{"cve": "CVE-2024-1234", "product_status": {"fixed": ["nowhere"]}}],
    }
    _, (finding,) = read_all(json.dumps(document))
    assert finding.extra["products"] == [{"name": "nowhere", "product_id": "nowhere", "product_status": "fixed"}]
    assert finding.status == "fixed"
