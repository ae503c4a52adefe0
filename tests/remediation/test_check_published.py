"""Every finding on real SBOMs, and the silence about the rest, against the records themselves, read anew.

The records are read as plain JSON and evaluated by OSV's published algorithm (https://ossf.github.io/osv-schema/,
"Evaluation"), written here once more and slowly: versions are compared by `packaging` for PyPI and by the rules of
semver.org for Go. Nothing of the package under test takes part but the reading of the SBOM.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.version import InvalidVersion, Version

from seawall.kernel.purl import Purl
from seawall.remediation.check import CheckService
from seawall.remediation.index import IndexBuild, SQLiteIndex, open_index
from seawall.remediation.inventories import read_inventory
from seawall.remediation.model import CheckResult, Inventory

DATA = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared")) / "data"
SBOMS = sorted(path.name for path in (DATA / "sbom").glob("*")) if DATA.exists() else []
ORDERED = {"pypi": "PyPI", "golang": "Go"}
AT = datetime(2026, 11, 21, tzinfo=UTC)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not SBOMS, reason="the published records are not at hand")]

Key = Callable[[str], Any]
Document = dict[str, Any]


# --- the records, read anew


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """All OSV records that are not withdrawn."""
    zstandard = pytest.importorskip("zstandard")
    found: list[Document] = []
    for path in sorted((DATA / "osv").glob("*.ndjson.zst")):
        with path.open("rb") as packed:
            stream = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(packed), encoding="utf-8")
            found += (json.loads(line) for line in stream)
    return [document for document in found if not document.get("withdrawn")]


@pytest.fixture(scope="module")
def index(documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteIndex]:
    folder = tmp_path_factory.mktemp("published")
    records = folder / "records.ndjson"
    with records.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document) + "\n")
    build = IndexBuild(folder / "index.sqlite")
    build.add_records("osv", records)
    build.add_signals("kev", DATA / "kev" / "known_exploited_vulnerabilities.json")
    report = build.run()
    assert report.unreadable == 0, report.problems
    with open_index(folder / "index.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def naming(documents: list[Document]) -> dict[str, list[tuple[Document, Document]]]:
    """Record and `affected` entry, by the package's name in our own spelling."""
    found: dict[str, list[tuple[Document, Document]]] = defaultdict(list)
    for document in documents:
        for entry in document.get("affected", ()):
            package = entry.get("package") or {}
            if package.get("ecosystem") in ORDERED.values():
                found[spelling(package["ecosystem"], package["name"])].append((document, entry))
    return found


@pytest.fixture(scope="module")
def groups(documents: list[Document]) -> dict[str, frozenset[str]]:
    """For each identifier all identifiers of its vulnerability: by walking from alias to alias."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        names = {document["id"], *(document.get("aliases") or ())}
        if not document.get("aliases") and len(document.get("upstream") or ()) == 1:
            names |= set(document["upstream"])
        for name in names:
            neighbours[name] |= names
    found: dict[str, frozenset[str]] = {}
    for start in neighbours:
        if start in found:
            continue
        group, waiting = {start}, [start]
        while waiting:
            fresh = neighbours[waiting.pop()] - group
            group |= fresh
            waiting += fresh
        found |= dict.fromkeys(group, frozenset(group))
    return found


def spelling(ecosystem: str, name: str) -> str:
    if ecosystem == "PyPI":
        return f"PyPI {re.sub('[-_.]+', '-', name).lower()}"
    return f"Go {name.lower()}"


def spelling_of(purl: Purl) -> str:
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return spelling(ORDERED[purl.type], name)


# --- the algorithm, written anew

_SEMVER = re.compile(r"[vV]?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


def semver(text: str) -> Any:
    """Precedence of semver.org 2.0.0, item 11; a missing minor or patch counts as 0, as Go's `x/mod/semver` does."""
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise InvalidVersion(text)
    numbers = [int(part or 0) for part in match.groups()[:3]]
    if match[4] is None:
        return (*numbers, 1, [])
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in match[4].split(".")]
    return (*numbers, 0, parts)


KEYS: dict[str, Key] = {"PyPI": Version, "Go": semver}


def affects(entry: Document, version: str, key: Key) -> bool:
    """OSV's `IsVulnerable` for one `affected` entry.

    Raises:
        InvalidVersion: A version that matters is none.
    """
    own = key(version)
    listed = entry.get("versions") or []
    if version in listed:
        return True
    for other in listed:
        with suppress(InvalidVersion):
            if key(other) == own:
                return True
    return any(_in_range(range_["events"], own, key) for range_ in entry.get("ranges", ()) if range_["type"] != "GIT")


def _in_range(events: list[dict[str, str]], own: Any, key: Key) -> bool:
    limits = [event["limit"] for event in events if "limit" in event]
    if limits and not any(limit == "*" or own < key(limit) for limit in limits):
        return False
    timeline = []
    for event in events:
        ((kind, text),) = event.items()
        if kind != "limit":
            timeline.append((text != "0", None if text == "0" else key(text), kind))
    timeline.sort(key=lambda one: (one[0], *((one[1],) if one[0] else ())))
    vulnerable = False
    for is_bound, bound, kind in timeline:
        if not is_bound or own > bound or (own == bound and kind != "last_affected"):
            vulnerable = kind == "introduced"
    return vulnerable


@pytest.mark.parametrize(
    ("events", "version", "expected"),
    [
        ([{"introduced": "0"}, {"fixed": "1.2.0"}], "1.1.9", True),
        ([{"introduced": "0"}, {"fixed": "1.2.0"}], "1.2.0", False),
        ([{"introduced": "0"}, {"fixed": "1.2.0"}], "1.2.0-rc.1", True),
        ([{"introduced": "1.0.0"}, {"last_affected": "1.2.0"}], "1.2.0", True),
        ([{"introduced": "1.0.0"}, {"last_affected": "1.2.0"}], "1.2.1", False),
        ([{"introduced": "2.0.0"}, {"fixed": "2.1.0"}, {"introduced": "0"}, {"fixed": "1.0.0"}], "1.5.0", False),
        ([{"introduced": "2.0.0"}, {"fixed": "2.1.0"}, {"introduced": "0"}, {"fixed": "1.0.0"}], "2.0.5", True),
        ([{"introduced": "0"}, {"limit": "1.0.0"}], "1.0.0", False),
    ],
)
def test_the_slow_algorithm_itself(events: list[dict[str, str]], version: str, expected: bool) -> None:
    assert _in_range(events, semver(version), semver) is expected
    assert semver("v1.0.0-alpha.1") < semver("1.0.0-alpha.beta") < semver("1.0.0-rc.1") < semver("1.0.0+incompatible")


# --- findings


@pytest.fixture(scope="module", params=SBOMS)
def checked(request: pytest.FixtureRequest, index: SQLiteIndex) -> tuple[Inventory, CheckResult]:
    inventory = read_inventory(DATA / "sbom" / request.param)
    return inventory, CheckService(index).check(inventory, at=AT)


def test_every_finding_is_explained_by_its_records_and_every_other_record_rules_it_out(
    checked: tuple[Inventory, CheckResult],
    naming: dict[str, list[tuple[Document, Document]]],
    groups: dict[str, frozenset[str]],
) -> None:
    _, result = checked
    for exposure in result.exposures:
        purl = exposure.component.purl
        assert purl is not None, "an index of OSV alone knows no products"
        expected: dict[str, bool] = {}
        for document, entry in naming[spelling_of(purl)]:
            if document["id"] not in exposure.vulnerability.identifiers:
                continue
            name = f"osv:{document['id']}"
            expected[name] = affects(entry, purl.version, KEYS[ORDERED[purl.type]]) or expected.get(name, False)
        told = f"{purl} {exposure.vulnerability.id}: {exposure.matched}"
        assert sorted(exposure.records) == sorted(name for name, holds in expected.items() if holds), told
        assert exposure.records, told
        doubtful = {name for name, holds in expected.items() if not holds} - set(exposure.contradicted_by)
        assert not set(exposure.contradicted_by) & set(exposure.records), told
        assert all(_is_doubtful(naming[spelling_of(purl)], name) for name in doubtful), told
        assert frozenset(exposure.vulnerability.identifiers) == groups[exposure.vulnerability.id], told
        fixes = {event["fixed"] for event in _events(naming[spelling_of(purl)], exposure.records) if "fixed" in event}
        assert set(exposure.fixed) <= fixes, told


def _is_doubtful(entries: list[tuple[Document, Document]], name: str) -> bool:
    """Whether a record has something about the package that no version decides: ranges of commits."""
    own = [entry for document, entry in entries if f"osv:{document['id']}" == name]
    return any(range_["type"] == "GIT" for entry in own for range_ in entry.get("ranges", ()))


def _events(entries: list[tuple[Document, Document]], records: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for document, entry in entries:
        if f"osv:{document['id']}" in records:
            for range_ in entry.get("ranges", ()):
                yield from range_["events"]


def test_no_component_that_a_record_holds_is_missing(
    checked: tuple[Inventory, CheckResult], naming: dict[str, list[tuple[Document, Document]]]
) -> None:
    """Not a sample: every pair of a component and a record that names its package."""
    inventory, result = checked
    found = {(e.component.ref, str(e.component.purl), name) for e in result.exposures for name in e.records}
    doubts = {(doubt.component.ref, str(doubt.component.purl)) for doubt in result.undecided}
    silent = 0
    for component in inventory.components:
        purl = component.purl
        if purl is None or purl.type not in ORDERED or not purl.version:
            continue
        for document, entry in naming.get(spelling_of(purl), ()):
            key = (component.ref, str(purl), f"osv:{document['id']}")
            try:
                holds = affects(entry, purl.version, KEYS[ORDERED[purl.type]])
            except InvalidVersion:
                assert key in found or (component.ref, str(purl)) in doubts, f"{key} is passed over in silence"
                continue
            if holds:
                assert key in found, key
            elif key in found:
                others = [other for one, other in naming[spelling_of(purl)] if one is document]
                assert any(affects(other, purl.version, KEYS[ORDERED[purl.type]]) for other in others), key
            silent += not holds
    compared = sum(1 for component in inventory.components if component.purl and component.purl.type in ORDERED)
    assert silent or not compared or not result.exposures, "some records rule something out"


def test_sampled_pairs_that_are_silent_name_other_packages(
    checked: tuple[Inventory, CheckResult], documents: list[Document]
) -> None:
    """300 pairs of a component and a record that is not found for it: no record names the package and holds it."""
    inventory, result = checked
    found = {(e.component.ref, name) for e in result.exposures for name in e.records}
    chance = random.Random(7)
    components = [c for c in inventory.components if c.purl is not None and c.purl.type in ORDERED and c.purl.version]
    for component in chance.choices(components, k=300) if components else ():
        document = chance.choice(documents)
        if (component.ref, f"osv:{document['id']}") in found:
            continue
        assert component.purl is not None
        for entry in document.get("affected", ()):
            package = entry.get("package") or {}
            if package.get("ecosystem") != ORDERED[component.purl.type]:
                continue
            if spelling(package["ecosystem"], package["name"]) == spelling_of(component.purl):
                assert not affects(entry, component.purl.version, KEYS[package["ecosystem"]])


def test_whatever_is_not_compared_is_said(checked: tuple[Inventory, CheckResult]) -> None:
    inventory, result = checked
    others = sum(
        1 for component in inventory.components if component.purl is None or component.purl.type not in ORDERED
    )
    assert sum(gap.components for gap in result.not_compared) == others


def test_there_is_something_to_find(index: SQLiteIndex) -> None:
    findings = {
        name: len(CheckService(index).check(read_inventory(DATA / "sbom" / name), at=AT).exposures) for name in SBOMS
    }
    assert sum(findings.values()) > 1000, findings
    assert findings["proton-bridge-1.8.0.cdx.json"] > 40
    assert findings["perl-cdx.xml"] > 5
