# ruff: noqa: T201 - figures are printed for who measures
"""CVE records: what they say is affected, and what they leave open."""

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
from seawall.remediation.records.cve import read

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3].parent / "shared"))
REAL = SHARED / "data" / "cve" / "vulnrichment-2024.ndjson.zst"

BELOW_4 = [{"version": "0", "lessThan": "4.2.1", "status": "affected", "versionType": "semver"}]


def cve(*affected: dict[str, Any], **containers: Any) -> bytes:
    cna = {
        "affected": list(affected),
        "descriptions": [{"lang": "en", "value": "A  hole."}],
        **containers.pop("cna", {}),
    }
    document = {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {
            "cveId": "CVE-2026-12345",
            "state": containers.pop("state", "PUBLISHED"),
            "datePublished": "2026-11-01T00:00:00Z",
            "dateUpdated": "2026-11-02T00:00:00Z",
        },
        "containers": {"cna": cna, **containers},
    }
    return json.dumps(document).encode()


def record(*affected: dict[str, Any], **containers: Any) -> Record:
    (found,) = read(cve(*affected, **containers))
    return found


def only(found: Record) -> Affected:
    (affected,) = found.affected
    return affected


def test_a_product_by_name() -> None:
    found = record({"vendor": " Acme ", "product": "Road  Runner", "versions": BELOW_4, "defaultStatus": "unaffected"})
    affected = only(found)
    assert (affected.package, affected.product) == ("", ProductName("Acme", "Road Runner"))
    assert affected.versions.contains("4.2.0") is not None
    assert affected.versions.contains("4.2.1") is None
    assert (found.id, found.identifiers, found.title) == ("CVE-2026-12345", ("CVE-2026-12345",), "A hole.")
    assert (found.published, found.modified) == ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    assert found.fix_published == "2026-11-01T00:00:00Z"
    assert found.problems == ()


def test_each_cpe_product_is_a_name_once_without_its_version() -> None:
    cpes = [
        "cpe:2.3:o:acme:rr_firmware:1.0:*:*:*:*:*:x64:*",
        "cpe:2.3:o:acme:rr_firmware:2.0:*:*:*:*:*:x64:*",
        "cpe:/o:acme:rr2",
    ]
    found = record({"vendor": "acme", "product": "rr", "cpes": cpes, "versions": BELOW_4})
    assert [affected.product and affected.product.cpe for affected in found.affected] == [
        "cpe:2.3:o:acme:rr_firmware:*:*:*:*:*:*:x64:*",
        "cpe:2.3:o:acme:rr2:*:*:*:*:*:*:*:*",
    ]


def test_the_containers_of_adps_are_read_too() -> None:
    adp = [{"affected": [{"vendor": "acme", "product": "rr", "versions": BELOW_4}]}]
    found = record({"vendor": "n/a", "product": "n/a", "versions": [{"version": "n/a", "status": "affected"}]}, adp=adp)
    assert only(found).product == ProductName("acme", "rr")
    assert found.problems == ("an affected entry names no product",)


@pytest.mark.parametrize(
    ("entry", "key", "ecosystem"),
    [
        ({"packageURL": "pkg:pypi/Django"}, "pypi/django", "PyPI"),
        ({"packageName": "@acme/rr", "collectionURL": "https://registry.npmjs.example"}, "npm/@acme/rr", "npm"),
        (
            {"packageName": "org.acme:rr", "collectionURL": "https://repo.maven.example/maven2"},
            "maven/org.acme:rr",
            "Maven",
        ),
        ({"packageName": "org.acme/rr", "collectionURL": "https://repo.maven.example"}, "maven/org.acme:rr", "Maven"),
    ],
)
def test_a_package_of_a_registry_is_found_under_its_key_and_under_its_name(
    entry: dict[str, str], key: str, ecosystem: str
) -> None:
    package, product = record({"vendor": "Acme", "product": "RR", "versions": BELOW_4, **entry}).affected
    assert (package.package, package.versions.ecosystem, package.product) == (key, ecosystem, None)
    assert (product.package, product.product) == ("", ProductName("Acme", "RR"))


def test_a_package_of_red_hat_is_one_of_the_release_and_not_the_release() -> None:
    affected = only(
        record(
            {
                "vendor": "Red Hat",
                "product": "Red Hat Enterprise Linux 9",
                "packageName": "nodejs:18/nodejs",
                "collectionURL": "https://access.redhat.example/downloads/content/package-browser/",
                "cpes": ["cpe:/a:redhat:enterprise_linux:9::appstream", "cpe:/o:redhat:enterprise_linux:9::baseos"],
                "defaultStatus": "affected",
                "versions": [
                    {"version": "1:18.20.4-1.el9", "lessThan": "*", "versionType": "rpm", "status": "unaffected"}
                ],
            }
        )
    )
    assert (affected.package, affected.product) == ("rpm/redhat:9/nodejs", None)
    assert affected.versions.contains("1:18.20.3-1.el9") is not None
    assert affected.versions.contains("1:18.20.4-1.el9") is None


def test_a_component_of_a_product_leaves_the_product_undecided() -> None:
    affected = only(
        record(
            {
                "vendor": "Red Hat",
                "product": "Red Hat Build of Keycloak",
                "packageName": "undertow",
                "collectionURL": "https://access.redhat.example/downloads/content/package-browser/",
                "defaultStatus": "affected",
            }
        )
    )
    assert affected.versions.contains("26.0.1") is None
    assert "undertow" in affected.versions.doubt("26.0.1")


def test_an_entry_that_calls_nothing_affected_says_nothing() -> None:
    found = record({"vendor": "Acme", "product": "RR", "defaultStatus": "unaffected"})
    assert found.affected == ()
    assert found.problems == ("the record calls no version of any product affected",)


def test_an_unreadable_version_is_a_doubt_and_a_problem() -> None:
    found = record({"vendor": "Acme", "product": "RR", "versions": [{"version": "the blue one", "status": "affected"}]})
    assert only(found).versions.doubt("1.0")
    assert "the blue one" in found.problems[0]


def test_releases_decide_where_another_entry_of_the_product_names_commits() -> None:
    commits = [{"version": "1da177e4c3f4", "lessThan": "5f58d4ea6f25", "versionType": "git", "status": "affected"}]
    releases = [{"version": "5.10", "lessThan": "5.10.210", "status": "affected", "versionType": "semver"}]
    by_commit = {"vendor": "Linux", "product": "Linux", "versions": commits, "defaultStatus": "unaffected"}
    by_release = {"vendor": "linux", "product": "LINUX", "versions": releases, "defaultStatus": "unaffected"}
    affected = only(record(by_commit, by_release))
    assert affected.versions.contains("5.10.3")
    assert not affected.versions.doubt("5.10.210")
    other = {**by_release, "product": "Linux Anywhere"}
    assert any(entry.versions.needs_commit for entry in record(by_commit, other).affected)
    with_cpe = {**by_commit, "cpes": ["cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*"]}
    assert any(entry.versions.needs_commit for entry in record(with_cpe, by_release).affected)
    assert only(record(by_commit)).versions.needs_commit


def test_the_type_of_versions_chooses_a_product_s_order() -> None:
    versions = [{"version": "3.13.0a1", "lessThan": "3.13.0", "status": "affected", "versionType": "python"}]
    found = only(record({"vendor": "PSF", "product": "CPython", "versions": versions})).versions
    assert found.ecosystem == "PyPI"
    assert found.contains("3.13.0a5")
    assert found.contains("3.13.0") is None


def test_cpe_applicability() -> None:
    nodes = [
        {
            "operator": "OR",
            "negate": False,
            "cpeMatch": [
                {
                    "vulnerable": True,
                    "criteria": "cpe:2.3:a:acme:rr:*:*:*:*:*:*:*:*",
                    "versionStartExcluding": "2.0",
                    "versionEndIncluding": "2.5",
                },
                {"vulnerable": True, "criteria": "cpe:2.3:a:acme:rr:3.1:*:*:*:*:*:*:*"},
                {"vulnerable": False, "criteria": "cpe:2.3:h:acme:box:-:*:*:*:*:*:*:*"},
                {"vulnerable": True, "criteria": "acme"},
            ],
        }
    ]
    found = record(cna={"cpeApplicability": [{"operator": "AND", "nodes": nodes}]})
    span, single = found.affected
    assert span.product == ProductName("", "", "cpe:2.3:a:acme:rr:*:*:*:*:*:*:*:*") == single.product
    told = {version: span.versions.contains(version) is not None for version in ("2.0", "2.1", "2.5", "2.6")}
    assert told == {"2.0": False, "2.1": True, "2.5": True, "2.6": False}
    assert single.versions.contains("3.1") is not None
    assert single.versions.contains("3.2") is None
    assert found.problems == ("'acme' is no CPE name",)


def test_remedy_reference_and_github_s_advisory() -> None:
    found = record(
        {"vendor": "Acme", "product": "RR", "versions": BELOW_4},
        cna={
            "title": "RR runs too fast",
            "solutions": [{"lang": "en", "value": "Update to\n4.2.1. " + "x " * 600}],
            "references": [
                {"url": "https://acme.example/blog"},
                {"url": "https://acme.example/patch", "tags": ["patch"]},
                {"url": "https://acme.example/advisory", "tags": ["vendor-advisory"]},
                {"url": "javascript:alert(1)", "tags": ["vendor-advisory"]},
            ],
            "source": {"advisory": "GHSA-2345-6789-CFGH", "discovery": "UNKNOWN"},
        },
    )
    assert only(found).remedy.startswith("Update to 4.2.1.")
    assert len(only(found).remedy) <= 600
    assert (found.url, found.title) == ("https://acme.example/advisory", "RR runs too fast")
    assert found.identifiers == ("CVE-2026-12345", "GHSA-2345-6789-cfgh")


def test_a_rejected_record_is_withdrawn_and_says_nothing() -> None:
    found = record({"vendor": "Acme", "product": "RR", "versions": BELOW_4}, state="REJECTED")
    assert found.withdrawn
    assert found.affected == found.problems == ()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"cveMetadata": {"cveId": "no"}, "containers": {"cna": {}}}',
        cve()[:-20],
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"remediation\.unreadable-record"):
        read(document)


_MEMBERS = st.sampled_from(["version", "status", "lessThan", "changes", "vendor", "product", "cpes", "affected"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_MEMBERS, inner, max_size=4),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["versions", "cpes", "vendor", "packageURL", "collectionURL"]))
def test_hostile_entries_are_read_or_refused_and_nothing_else(value: object, member: str) -> None:
    entry = {"vendor": "Acme", "product": "RR", "packageName": "rr", "versions": BELOW_4, member: value}
    try:
        (found,) = read(cve(entry))
    except InvalidInputError:
        return
    assert found.affected or found.problems


def test_the_family_knows_the_reader() -> None:
    assert reader_of("cve").read is read


@pytest.mark.skipif(not REAL.is_file(), reason="needs the shared data")
def test_every_real_record_is_read() -> None:
    zstandard = pytest.importorskip("zstandard")
    with REAL.open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
    counts: Counter[str] = Counter()
    for line in lines:
        (found,) = read(line)
        counts["withdrawn"] += found.withdrawn
        counts["silent"] += not (found.affected or found.problems or found.withdrawn)
        counts["affected"] += len(found.affected)
        counts["packages"] += sum(bool(affected.package) for affected in found.affected)
        counts["unreadable"] += sum(bool(affected.versions.problems) for affected in found.affected)
        assert all(affected.product or affected.package for affected in found.affected)
    print(f"\n  {len(lines)} records: {dict(counts)}")
    assert len(lines) == 23_975
    assert (counts["withdrawn"], counts["silent"]) == (69, 0)
    assert counts["affected"] > 70_000
    assert counts["unreadable"] / counts["affected"] < 0.05
