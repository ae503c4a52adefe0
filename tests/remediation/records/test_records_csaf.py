# ruff: noqa: T201 - figures are printed for who measures
"""CSAF advisories: product trees, statuses, remedies."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import InvalidInputError
from seawall.remediation.model import Affected, ProductName, Record
from seawall.remediation.records import reader_of
from seawall.remediation.records.csaf import read

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3].parent / "shared"))
REAL = SHARED / "data" / "csaf" / "cisa.ndjson.zst"


def leaf(category: str, name: str, id_: str, **helper: Any) -> dict[str, Any]:
    product = {"product_id": id_, "name": f"{name} ({id_})"}
    return {
        "category": category,
        "name": name,
        "product": product | ({"product_identification_helper": helper} if helper else {}),
    }


def branch(category: str, name: str, *branches: dict[str, Any]) -> dict[str, Any]:
    return {"category": category, "name": name, "branches": list(branches)}


TREE = {
    "branches": [
        branch(
            "vendor",
            "Acme ",
            branch(
                "product_name",
                "Pump  3000",
                leaf("product_version_range", "<V3.2 SP1", "A"),
                leaf("product_version", "3.1", "B"),
                leaf("product_version", "4.0", "C"),
                leaf("product_version", "2.0", "D"),
                leaf("product_version_range", "those with a red lid", "E"),
                leaf("product_version_range", "vers:all/*", "F", model_numbers=["AP-3000-X1"]),
            ),
            branch(
                "product_family",
                "Valves",
                leaf("product_name", "Valve 7", "G", cpe="cpe:2.3:h:acme:valve_7:1.0:*:*:*:*:*:*:*"),
            ),
            branch("product_name", "Agent", leaf("product_version", "2.1", "H", purl="pkg:pypi/Acme_Agent@2.1")),
        )
    ],
    "full_product_names": [{"product_id": "Z", "name": "Acme Fan 2.0"}],
    "product_groups": [{"group_id": "all", "product_ids": ["A", "B"]}],
}


def csaf(status: dict[str, list[str]], *, tree: dict[str, Any] = TREE, **members: Any) -> bytes:
    document = {
        "document": {
            "csaf_version": members.pop("version", "2.0"),
            "category": members.pop("category", "csaf_security_advisory"),
            "title": "Pumps",
            "tracking": {
                "id": "ACME-1",
                "initial_release_date": "2026-01-01T00:00:00Z",
                "current_release_date": "2026-02-01T00:00:00Z",
            },
            "references": [
                {"category": "self", "url": "https://acme.example/1.json", "summary": "s"},
                {"category": "self", "url": "https://acme.example/1.html", "summary": "s"},
            ],
        },
        "product_tree": tree,
        "vulnerabilities": [{"cve": "CVE-2026-1234", "title": "Too fast", "product_status": status, **members}],
    }
    return json.dumps(document).encode()


def record(status: dict[str, list[str]], **members: Any) -> Record:
    (found,) = read(csaf(status, **members))
    return found


def only(found: Record) -> Affected:
    (affected,) = found.affected
    return affected


def holds(affected: Affected, *versions: str) -> list[bool]:
    return [affected.versions.contains(version) is not None for version in versions]


def test_a_record_a_vulnerability() -> None:
    found = record({"known_affected": ["A"]})
    assert (found.id, found.identifiers, found.title) == ("ACME-1/CVE-2026-1234", ("CVE-2026-1234",), "Too fast")
    assert (found.published, found.modified) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert found.url == "https://acme.example/1.html"
    affected = only(found)
    assert affected.product == ProductName("Acme", "Pump 3000")
    assert holds(affected, "V3.1", "V3.2", "V3.2 SP1", "V3.3") == [True, True, False, False]


def test_a_listed_version_is_itself_alone() -> None:
    assert holds(only(record({"known_affected": ["B"]})), "3.1", "V3.1", "3.0", "3.2") == [True, True, False, False]


def test_what_is_fixed_or_not_affected_is_taken_out() -> None:
    affected = only(
        record({"known_affected": ["F"], "fixed": ["C"], "known_not_affected": ["D"]}, tree=TREE | _plain_f())
    )
    assert holds(affected, "1.0", "2.0", "3.0", "4.0", "5.0") == [True, False, True, False, True]


def _plain_f() -> dict[str, Any]:
    vendor = json.loads(json.dumps(TREE["branches"]))
    del vendor[0]["branches"][0]["branches"][5]["product"]["product_identification_helper"]
    return {"branches": vendor}


def test_first_and_last_affected_bound_a_range_together() -> None:
    both = only(record({"first_affected": ["D"], "last_affected": ["B"]}))
    assert holds(both, "1.9", "2.0", "3.1", "3.2") == [False, True, True, False]
    assert holds(only(record({"last_affected": ["B"]})), "0.1", "3.1", "3.2") == [True, True, False]
    several = only(record({"first_affected": ["D", "B"], "last_affected": ["C"]}))
    assert holds(several, "2.0") == [False]
    assert "several first and last" in several.versions.doubt("2.0")


@pytest.mark.parametrize(
    ("status", "words"), [("under_investigation", "still investigating"), ("unknown", "does not know")]
)
def test_an_open_status_is_a_doubt(status: str, words: str) -> None:
    affected = only(record({status: ["A"]}, version="2.1"))
    assert holds(affected, "3.0") == [False]
    assert words in affected.versions.doubt("3.0")
    assert affected.versions.doubt("9.0") == ""
    listed = only(record({status: ["B"]}))
    assert words in listed.versions.doubt("3.1")


def test_an_unreadable_range_is_a_doubt_and_a_problem() -> None:
    found = record({"known_affected": ["E"]})
    assert only(found).versions.doubt("1.0")
    assert "red lid" in found.problems[0]


def test_model_numbers_cpe_names_and_package_urls() -> None:
    plain, numbered = record({"known_affected": ["F"]}).affected
    assert (plain.product, numbered.product) == (
        ProductName("Acme", "Pump 3000"),
        ProductName("Acme", "Pump 3000 (AP-3000-X1)"),
    )
    valve = only(record({"known_affected": ["G"]}))
    assert valve.product == ProductName("Acme", "Valve 7", "cpe:2.3:h:acme:valve_7:*:*:*:*:*:*:*:*")
    assert holds(valve, "1.0", "1.1") == [True, False]
    package, product = record({"known_affected": ["H"]}).affected
    assert (package.package, package.versions.ecosystem) == ("pypi/acme-agent", "PyPI")
    assert product.product == ProductName("Acme", "Agent")


def test_a_name_in_one_text_has_no_vendor_and_no_version() -> None:
    affected = only(record({"known_affected": ["Z"]}))
    assert affected.product == ProductName("", "Acme Fan 2.0")
    assert holds(affected, "2.0") == [False]
    assert "one text" in affected.versions.doubt("2.0")


def test_the_best_remedy_of_each_product() -> None:
    found = record(
        {"known_affected": ["A", "B", "C"]},
        remediations=[
            {"category": "mitigation", "details": "Put it behind a firewall.", "product_ids": ["A", "B", "C"]},
            {
                "category": "vendor_fix",
                "details": "Update\nto V3.2 SP1",
                "group_ids": ["all"],
                "url": "https://acme.example/fix",
            },
            {"category": "vendor_fix", "details": "word " * 300, "product_ids": ["B"], "date": "2026-01-15T00:00:00Z"},
            {"category": "made_up", "details": "?", "product_ids": ["C"]},
        ],
    )
    a, b, c = found.affected
    assert a.remedy == "Vendor fix: Update to V3.2 SP1 (https://acme.example/fix)"
    assert b.remedy.startswith("Vendor fix: Update")
    assert len(b.remedy) <= 600
    assert c.remedy == "Mitigation: Put it behind a firewall."
    assert found.fix_published == "2026-01-15T00:00:00Z"


def test_a_fix_without_a_date_is_as_old_as_the_advisory() -> None:
    fix = {"category": "vendor_fix", "details": "Update", "product_ids": ["A"]}
    assert record({"known_affected": ["A"]}, remediations=[fix]).fix_published == "2026-01-01T00:00:00Z"
    assert record({"known_affected": ["A"]}).fix_published == ""


def test_relationships_name_the_component() -> None:
    rpm_purl = "pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=x86_64&epoch=1"
    tree = {
        "branches": [
            branch("vendor", "Red Hat",
                   leaf("product_name", "RHEL 9", "OS", cpe="cpe:/o:redhat:enterprise_linux:9::baseos"),
                   branch("architecture", "x86_64", leaf("product_version", "1:3.0.7-27.el9", "P", purl=rpm_purl))),
            branch("vendor", "Acme", branch("product_name", "Pump", leaf("product_version", "1.0", "X"))),
        ],
        "relationships": [
            {"category": "default_component_of", "product_reference": "P", "relates_to_product_reference": "OS",
             "full_product_name": {"product_id": "OS:P", "name": "openssl of RHEL 9"}},
            {"category": "installed_on", "product_reference": "X", "relates_to_product_reference": "OS",
             "full_product_name": {"product_id": "OS:X", "name": "Pump on RHEL 9"}},
        ],
    }  # fmt: skip
    rpm = record({"known_affected": ["OS:P"]}, tree=tree).affected[0]
    assert (rpm.package, rpm.versions.ecosystem) == ("rpm/redhat:9/openssl", "Red Hat")
    assert only(record({"known_affected": ["OS:X"]}, tree=tree)).product == ProductName("Acme", "Pump")


def test_silence_is_a_problem() -> None:
    assert "fixed or not affected" in record({"fixed": ["C"]}).problems[0]
    assert "no usable product 'none'" in record({"known_affected": ["none"]}).problems[0]
    assert record({}).problems == ("it calls no product affected",)


def test_a_withdrawn_advisory_says_nothing() -> None:
    found = record({"known_affected": ["A"]}, category="csaf_withdrawn", version="2.1")
    assert found.withdrawn
    assert found.affected == found.problems == ()


def test_vulnerabilities_without_a_cve_and_repeated_ones_have_ids_of_their_own() -> None:
    document = json.loads(csaf({"known_affected": ["A"]}))
    first = document["vulnerabilities"][0]
    document["vulnerabilities"] = [first, first, first | {"cve": "", "ids": [{"system_name": "Acme", "text": "BUG-1"}]}]
    found = read(json.dumps(document).encode())
    assert [one.id for one in found] == ["ACME-1/CVE-2026-1234", "ACME-1/CVE-2026-1234/2", "ACME-1/3"]
    assert found[2].identifiers == ("ACME-1/3",)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b'{"document": {}}',
        csaf({})[:-9],
        csaf({}, version="1.0"),
        csaf({}).replace(b"ACME-1", b"  "),
        b'{"feed": {"entry": []}}',
        b'{"document":' + b"[" * 200_000,
    ],
)
def test_what_is_no_advisory_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"remediation\.unreadable-record"):
        read(document)


def test_a_deep_tree_is_cut_and_exhausts_nothing() -> None:
    tree = leaf("product_version", "1", "DEEP")
    for _ in range(300):
        tree = branch("product_family", "x", tree)
    found = record({"known_affected": ["DEEP"]}, tree={"branches": [tree]})
    assert "no usable product" in found.problems[0]


_MEMBERS = st.sampled_from(["name", "category", "branches", "product", "product_id"])
_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_MEMBERS, inner, max_size=4),
    max_leaves=10,
)


@given(_JSON)
def test_hostile_trees_are_read_or_refused_and_nothing_else(value: object) -> None:
    for tree in ({"branches": value}, {"branches": [branch("vendor", "x", value)]}, {"relationships": [value]}):  # type: ignore[arg-type]
        try:
            (found,) = read(csaf({"known_affected": ["A"]}, tree=tree))
        except InvalidInputError:
            continue
        assert found.affected or found.problems


def test_the_family_knows_the_reader() -> None:
    assert reader_of("csaf").read is read


@pytest.mark.skipif(not REAL.is_file(), reason="needs the shared data")
def test_every_real_advisory_is_read() -> None:
    zstandard = pytest.importorskip("zstandard")
    with REAL.open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
    counts: Counter[str] = Counter()
    for line in lines:
        if b'"feed"' in line[:20]:  # one line is a ROLIE feed, which is no advisory
            with pytest.raises(InvalidInputError):
                read(line)
            counts["feeds"] += 1
            continue
        for found in read(line):
            counts["records"] += 1
            counts["silent"] += not (found.affected or found.problems)
            counts["affected"] += len(found.affected)
            counts["remedies"] += sum(bool(affected.remedy) for affected in found.affected)
            counts["unreadable"] += sum(bool(affected.versions.problems) for affected in found.affected)
    print(f"\n  {len(lines)} documents: {dict(counts)}")
    assert (len(lines), counts["feeds"], counts["records"], counts["silent"]) == (1_236, 1, 3_674, 0)
    assert counts["affected"] > 20_000
    assert counts["unreadable"] / counts["affected"] < 0.03
