"""Matching: folding loses nothing, names and versions are compared as registries do, and brute force agrees."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from seawall.kernel.purl import parse_purl, purl_of
from seawall.kernel.versions.ranges import VersionEvent
from seawall.remediation import (
    AffectedPackage,
    Component,
    Inventory,
    KnownVulnerability,
    Matching,
    fold,
    known_from_osv,
    match,
)

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
RECORDS = SHARED / "data" / "osv" / "pypi.ndjson.zst"
BELOW_2: tuple[VersionEvent, ...] = (("introduced", "0"), ("fixed", "2.0.0"))


def known(
    id_: str,
    package: str = "pkg:pypi/a",
    *aliases: str,
    events: tuple[VersionEvent, ...] = BELOW_2,
    source: str = "osv",
) -> KnownVulnerability:
    entry = AffectedPackage(parse_purl(package), (events,) if events else ())
    return KnownVulnerability(id_, tuple(sorted({id_, *aliases})), f"title of {id_}", source, "", (entry,))


def inventory(*purls: str) -> Inventory:
    return Inventory("app", "0" * 64, tuple(Component(parse_purl(purl), f"ref {purl}") for purl in purls))


def pairs(matching: Matching) -> list[tuple[str, str]]:
    return [(str(hit.component.purl), hit.vulnerability.id) for hit in matching.hits]


def test_a_component_in_a_range_is_hit_with_words_and_the_fix() -> None:
    matching = match(inventory("pkg:pypi/a@1.0", "pkg:pypi/a@2.0", "pkg:pypi/b@1.0"), [known("V-1")])
    (hit,) = matching.hits
    assert (str(hit.component.purl), hit.matched, hit.fixed) == ("pkg:pypi/a@1.0", "below 2.0.0 (fixed)", ("2.0.0",))
    assert (matching.undecided, matching.not_compared, matching.vulnerabilities) == ((), (), 1)


@pytest.mark.parametrize(
    ("component", "package"),
    [
        ("pkg:pypi/Zope.Interface@1", "pkg:pypi/zope-interface"),
        ("pkg:pypi/zope_interface@1", "pkg:pypi/zope.interface"),
        ("pkg:npm/%40Babel/core@1.0.0", "pkg:npm/@babel/core"),
        ("pkg:npm/JSONStream@1.0.0", "pkg:npm/jsonstream"),
        ("pkg:golang/github.com/Foo/Bar@v1.0.0", "pkg:golang/github.com/foo/bar"),
    ],
)
def test_names_are_compared_as_registries_compare_them(component: str, package: str) -> None:
    assert len(match(inventory(component), [known("V-1", package)]).hits) == 1


@pytest.mark.parametrize(
    ("component", "package"),
    [
        ("pkg:npm/core@1.0.0", "pkg:npm/%40babel/core"),
        ("pkg:npm/a@1.0.0", "pkg:pypi/a"),
        ("pkg:npm/a.b@1.0.0", "pkg:npm/a-b"),
        ("pkg:maven/g/A@1.0.0", "pkg:maven/g/a"),
    ],
)
def test_other_packages_are_other_packages(component: str, package: str) -> None:
    assert match(inventory(component), [known("V-1", package)]).hits == ()


def test_records_about_one_vulnerability_are_shown_once_under_all_names() -> None:
    records = [
        known("PYSEC-2026-1", "pkg:pypi/a", "CVE-2026-1000"),
        known("GHSA-2222-2222-2222", "pkg:pypi/a", "CVE-2026-1000", events=(("introduced", "0"), ("fixed", "3.0"))),
        known("SW-2026-000001", "pkg:pypi/b", "GHSA-2222-2222-2222", source="case"),
    ]
    (hit,) = match(inventory("pkg:pypi/a@1.0"), records).hits
    assert hit.vulnerability.id == "SW-2026-000001"
    assert hit.vulnerability.source == "case, osv"
    assert hit.vulnerability.identifiers == ("CVE-2026-1000", "GHSA-2222-2222-2222", "PYSEC-2026-1", "SW-2026-000001")
    assert hit.matched == "below 3.0 (fixed); below 2.0.0 (fixed)"
    assert set(hit.fixed) == {"2.0.0", "3.0"}


_names = st.sampled_from([f"CVE-2026-{number}" for number in range(1000, 1008)])
_records = st.lists(
    st.builds(
        lambda id_, aliases, package: known(id_, f"pkg:pypi/{package}", *aliases),
        st.sampled_from(["GHSA-2222-2222-2222", "PYSEC-2026-1", "PYSEC-2026-2", "CVE-2026-1000", "SW-2026-000001"]),
        st.lists(_names, max_size=3),
        st.sampled_from("ab"),
    ),
    max_size=8,
)


@given(_records, st.integers(0, 2**32))
def test_folding_depends_on_no_order_and_loses_no_identifier(records: list[KnownVulnerability], seed: int) -> None:
    folded = fold(records)
    assert fold(random.Random(seed).sample(records, len(records))) == folded
    names = [name for vulnerability in folded for name in vulnerability.identifiers]
    assert sorted(names) == sorted({name for record in records for name in record.identifiers})
    packages = {entry for vulnerability in folded for entry in vulnerability.affected}
    assert packages == {entry for record in records for entry in record.affected}


@given(_records)
def test_folding_twice_is_folding_once(records: list[KnownVulnerability]) -> None:
    assert fold(fold(records)) == fold(records)


def test_an_ecosystem_without_an_order_is_counted_and_never_clean() -> None:
    records = [
        known("V-1", "pkg:maven/g/a"),
        KnownVulnerability(
            "V-2", ("V-2",), "t", "osv", "", (AffectedPackage(parse_purl("pkg:maven/g/b"), (BELOW_2,), ("1.0.Final",)),)
        ),
    ]
    matching = match(
        inventory("pkg:maven/g/a@1.0", "pkg:maven/g/b@1.0.Final", "pkg:maven/g/c@1", "pkg:npm/x@1.0.0"), records
    )
    assert pairs(matching) == [("pkg:maven/g/b@1.0.Final", "V-2")]
    assert [(item.component.purl.name, item.vulnerability, item.reason) for item in matching.undecided] == [
        ("a", "V-1", "versions of Maven are not supported yet")
    ]
    (line,) = matching.not_compared
    assert (line.ecosystem, line.components, line.reason) == ("Maven", 3, "versions of Maven are not supported yet")


def test_a_version_or_a_bound_that_cannot_be_read_is_undecided() -> None:
    bad_bound = known("V-2", "pkg:npm/b", events=(("introduced", "once"), ("fixed", "2.0.0")))
    matching = match(inventory("pkg:npm/a@latest", "pkg:npm/b@1.0.0"), [known("V-1", "pkg:npm/a"), bad_bound])
    assert matching.hits == ()
    assert [item.vulnerability for item in matching.undecided] == ["V-1", "V-2"]
    assert "'latest' is not a version" in matching.undecided[0].reason
    assert "introduced once" in matching.undecided[1].reason


def test_a_package_that_stands_twice_is_hit_twice() -> None:
    assert len(match(inventory("pkg:pypi/a@1.0", "pkg:pypi/a@1.0"), [known("V-1")]).hits) == 2


def affected_by_ranges(wanted: Version, events: list[VersionEvent]) -> bool:
    """OSV's pseudocode with `packaging`; a bound that is no version lies above everything, `introduced: "0"` below."""
    lowest, highest = Version("0.dev0"), Version("999999!0")
    parsed = [
        (kind, lowest if (kind, text) == ("introduced", "0") else parsed_or_none(text) or highest)
        for kind, text in events
    ]
    vulnerable = False
    for kind, bound in sorted(parsed, key=lambda event: event[1]):
        if kind == "introduced" and wanted >= bound:
            vulnerable = True
        if kind == "fixed" and wanted >= bound:
            vulnerable = False
        if kind == "last_affected" and wanted > bound:
            vulnerable = False
    return vulnerable


def brute_force(record: dict[str, Any], name: str, version: str) -> bool:
    """One package version against one record, the slow way."""
    for entry in record["affected"]:
        if canonicalize_name(entry["package"]["name"]) == name:
            listed = {parsed for text in entry.get("versions", ()) if (parsed := parsed_or_none(text))}
            ranges = [range_ for range_ in entry.get("ranges", ()) if range_["type"] != "GIT"]
            events = [[pair for event in range_["events"] for pair in event.items()] for range_ in ranges]
            if Version(version) in listed or any(affected_by_ranges(Version(version), one) for one in events):
                return True
    return False


def parsed_or_none(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def interesting_versions(records: list[dict[str, Any]], name: str, chance: random.Random) -> list[str]:
    """Bounds of the ranges, some listed versions, and versions right beside both."""
    found: set[str] = set()
    for record in records:
        for entry in record["affected"]:
            if canonicalize_name(entry["package"]["name"]) == name:
                listed = entry.get("versions", [])
                found.update(chance.sample(listed, min(3, len(listed))))
                ranges = [range_ for range_ in entry.get("ranges", ()) if range_["type"] != "GIT"]
                found.update(bound for range_ in ranges for event in range_["events"] for bound in event.values())
    beside = [text + suffix for text in found for suffix in ("", ".0", ".1", ".post1", ".dev1", "rc1")]
    usable = sorted(text for text in beside if parsed_or_none(text))
    return chance.sample(usable, min(12, len(usable)))


@pytest.mark.slow
@pytest.mark.skipif(not RECORDS.exists(), reason="the published records are not here")
def test_published_records_match_as_brute_force_does() -> None:
    zstandard = pytest.importorskip("zstandard")
    with RECORDS.open("rb") as packed:
        lines = zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) == 2_661
    by_name: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        for name in {canonicalize_name(entry["package"]["name"]) for entry in record["affected"]}:
            by_name.setdefault(name, []).append(record)
    chance = random.Random(4)
    sampled = [
        (name, version) for name in sorted(by_name) for version in interesting_versions(by_name[name], name, chance)
    ]
    sbom = inventory(*(str(purl_of("PyPI", name, version)) for name, version in sampled))
    # Each record by itself, so that folding hides nothing.
    vulnerabilities = [found for line in lines if (found := known_from_osv(line)) is not None]
    separate = [replace(vulnerability, identifiers=(vulnerability.id,)) for vulnerability in vulnerabilities]
    matching = match(sbom, separate)
    expected = {
        (component.ref, record["id"])
        for component, (name, version) in zip(sbom.components, sampled, strict=True)
        for record in by_name[name]
        if not record.get("withdrawn") and brute_force(record, name, version)
    }
    assert len(sampled) > 4_000
    assert len(expected) > 4_000
    assert {(hit.component.ref, hit.vulnerability.id) for hit in matching.hits} == expected
    # Two records name a fix that is no version; what they do not contain is not taken for clean.
    assert {item.vulnerability for item in matching.undecided} <= {"PYSEC-2021-371", "PYSEC-2019-125"}
