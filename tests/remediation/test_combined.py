"""Several indexes as one: what any of them knows is known, and one vulnerability stays one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.remediation.index.conftest import affects, product, record

from seawall.kernel.versions import VersionRange
from seawall.kernel.versions.ranges import CommitRange
from seawall.priority import Point, Signal
from seawall.remediation.combined import CombinedIndex
from seawall.remediation.index import memory_index
from seawall.remediation.model import Affected, Answer, Confidence, Coverage, ProductName, Record, Verdict
from seawall.remediation.names import Lookup

NAMES = ["CVE-2026-1", "CVE-2026-2", "GHSA-aaaa-bbbb-cccc", "GHSA-dddd-eeee-ffff", "PYSEC-1", "PYSEC-2", "SW-1"]
VERSIONS = ["0.9", "1.0", "1.5", "2.0", "2.5", "3.0"]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Nobody:
    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        return None


def asked(records: Sequence[Sequence[Record]], version: str, package: str = "pypi/jinja2") -> Answer:
    """What the indexes of some parts answer together."""
    with ExitStack() as stack:
        parts = [stack.enter_context(memory_index(part)) for part in records]
        return CombinedIndex(parts).look_up(Lookup(package, "PyPI", version))


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Records of one package, under names that they share at random; each holds some of the versions."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        low, high = sorted(draw(st.lists(st.sampled_from(VERSIONS), min_size=2, max_size=2, unique=True)))
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        source = "case" if names[0] == "SW-1" else "osv"
        entry = affects("pypi/jinja2", ("introduced", low), ("fixed", high))
        found.append(
            record(names[0] if number == 0 else f"{names[0]}-{number}", entry, identifiers=names, source=source)
        )
    return found


def told(answer: Answer) -> dict[frozenset[str], tuple[frozenset[str], frozenset[str]]]:
    """Hits by the records that hold the version: fixes and names."""
    return {
        frozenset(hit.records): (frozenset(hit.fixed), frozenset(hit.vulnerability.identifiers)) for hit in answer.hits
    }


@given(records(), st.lists(st.integers(0, 2), min_size=6, max_size=6), st.sampled_from(VERSIONS))
def test_parts_answer_as_one_index_of_all_that_holds_the_version(
    known: list[Record], places: list[int], version: str
) -> None:
    """A record that does not hold the version is no hit's account, so that parts cannot fold by it."""
    holding = [one for one in known if any(entry.versions.contains(version) for entry in one.affected)]
    parts = [[one for place, one in zip(places, known, strict=False) if place == number] for number in range(3)]
    together = asked(parts, version)
    whole = asked([holding], version)
    assert set().union(*told(together)) == set().union(*told(whole)) == {f"{one.source}:{one.id}" for one in holding}
    names = {name for hit in together.hits for name in hit.vulnerability.identifiers}
    assert names >= {name for one in holding for name in one.identifiers}, "no identifier is lost"
    seen: set[str] = set()
    for hit in together.hits:
        assert seen.isdisjoint(hit.vulnerability.identifiers), "one vulnerability is one hit"
        seen |= set(hit.vulnerability.identifiers)
    for held, (fixed, identifiers) in told(whole).items():
        (same,) = [other for other in told(together) if not held.isdisjoint(other)]
        assert held <= same
        assert fixed <= told(together)[same][0]
        assert identifiers <= told(together)[same][1]


@given(st.permutations(range(3)), st.sampled_from(VERSIONS))
def test_the_order_of_the_indexes_changes_words_alone(order: list[int], version: str) -> None:
    entry = affects("pypi/jinja2", ("introduced", "1.0"), ("fixed", "2.5"))
    parts = [
        [
            record(
                "PYSEC-1", entry, identifiers=["GHSA-aaaa-bbbb-cccc"], published="2026-02-02T00:00:00Z", title="Holes"
            )
        ],
        [record("GHSA-aaaa-bbbb-cccc", entry, identifiers=["CVE-2026-1"])],
        [record("SW-1", entry, identifiers=["CVE-2026-1"], source="case"), record("PYSEC-9", entry)],
    ]
    answer = asked([parts[number] for number in order], version)
    if version in {"0.9", "2.5", "3.0"}:
        assert answer == Answer()
        return
    other, hit = answer.hits
    assert (other.vulnerability.id, hit.vulnerability.id) == ("PYSEC-9", "SW-1"), "a case's name goes before a CVE's"
    assert hit.vulnerability.identifiers == ("CVE-2026-1", "GHSA-aaaa-bbbb-cccc", "PYSEC-1", "SW-1")
    assert hit.vulnerability.title == "Holes", "an identifier is no title"
    assert hit.vulnerability.published == "2026-01-02T00:00:00Z"
    assert set(hit.records) == {"osv:PYSEC-1", "osv:GHSA-aaaa-bbbb-cccc", "case:SW-1"}
    assert (hit.matched, hit.fixed) == ("from 1.0 and below 2.5 (fixed)", ("2.5",))


def test_hits_that_a_third_index_links_become_one() -> None:
    entry = affects("pypi/jinja2", ("introduced", "0"), ("fixed", "2"))
    one, two = record("CVE-2026-1", entry), record("GHSA-aaaa-bbbb-cccc", entry)
    link = record("PYSEC-1", entry, identifiers=["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"])
    for parts in ([[one], [two], [link]], [[link], [one], [two]], [[one, two], [link]]):
        (hit,) = asked(parts, "1").hits
        assert hit.vulnerability.id == "CVE-2026-1"
        assert len(hit.vulnerability.identifiers) == 3


def test_the_earliest_fix_and_every_contradiction_are_kept() -> None:
    other = affects("pypi/jinja2", ("introduced", "5"))
    entry = affects("pypi/jinja2", ("introduced", "0"), ("fixed", "2"))
    early = [
        record("CVE-2026-1", entry, fix_published="2026-03-01"),
        record("X-1", other, identifiers=["CVE-2026-1"]),
    ]
    late = [record("PYSEC-1", entry, identifiers=["CVE-2026-1"], fix_published="2026-09-01"), record("X-2", other)]
    (hit,) = asked([late, early], "1").hits
    assert hit.fix_published == "2026-03-01"
    assert hit.contradicted_by == ("osv:X-1",)


def test_what_is_certain_in_one_index_is_no_doubt_of_another() -> None:
    commits = VersionRange.from_osv("PyPI", commits=[CommitRange("https://example.org/j", ("0",), ("abc",))])
    doubtful = [record("PYSEC-1", Affected("pypi/jinja2", commits), identifiers=["CVE-2026-1"])]
    also = [record("OSV-1", Affected("pypi/jinja2", commits), identifiers=["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"])]
    certain = [record("CVE-2026-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "2")))]
    assert asked([doubtful, certain], "1").doubts == ()
    (doubt,) = asked([doubtful, also, certain], "2").doubts
    assert doubt.vulnerability.id == "CVE-2026-1"
    assert doubt.vulnerability.identifiers == ("CVE-2026-1", "GHSA-aaaa-bbbb-cccc", "OSV-1", "PYSEC-1")
    assert doubt.reason.count("commit") == asked([doubtful], "2").doubts[0].reason.count("commit"), "said once"


def test_the_surer_match_of_a_product_counts() -> None:
    near = record("ICSA-1", product("ACME Inc.", "infusion-pump", "<4.2"), identifiers=["CVE-2026-1"], source="csaf")
    same = record("CVE-2026-1", product("Acme", "Infusion Pump", "<4.2"), source="cve")
    for parts in ([near], [same]), ([same], [near]):
        with memory_index(parts[0]) as one, memory_index(parts[1]) as two:
            combined = CombinedIndex([one, two])
            (hit,) = combined.look_up_product(ProductName("Acme", "Infusion Pump"), "4.1", Nobody()).hits
        assert hit.confidence is Confidence.EXACT
        assert set(hit.records) == {"csaf:ICSA-1", "cve:CVE-2026-1"}


def test_statements_of_all_sources_are_joined_in_the_order_of_time() -> None:
    early = Signal("CVE-2026-1", Point.KEV, "yes", "CISA", LONG_AGO)
    late = Signal("CVE-2026-1", Point.KEV, "", "CISA", datetime(2026, 6, 1, tzinfo=UTC), retracted=True)
    with memory_index([], [late]) as one, memory_index([], [early]) as two, memory_index([], [early, late]) as home:
        combined = CombinedIndex([one, two], [home])
        assert combined.series({"CVE-2026-1", "CVE-2026-9"}) == {"CVE-2026-1": [early, late]}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_it_is_made_of_is_the_sum(order: tuple[int, int]) -> None:
    sporadic = record("CVE-2026-1", affects("npm/a", ("introduced", "0"), ecosystem="npm"), source="cve")
    parts = [[record("PYSEC-1", affects())], [sporadic, record("PYSEC-2", affects("pypi/b", ("introduced", "0")))]]
    with memory_index(parts[order[0]]) as one, memory_index(parts[order[1]]) as two:
        combined = CombinedIndex([one, two])
        assert (combined.info.vulnerabilities, combined.info.records) == (3, 3)
        assert sorted(source.name for source in combined.info.sources) == ["cve", "osv", "osv"]
        assert combined.coverage("pypi/x") is Coverage.KEPT
        assert combined.coverage("npm/x") is Coverage.SPORADIC
        assert combined.coverage("gem/x") is Coverage.NONE


def test_an_alias_that_another_index_knows_brings_what_is_said_about_it() -> None:
    """Records given by hand may name a vulnerability by one name, and the catalogue by another."""
    listed = Signal("CVE-2024-1001", Point.KEV, "yes", "CISA-KEV", datetime(2024, 5, 1, tzinfo=UTC), feed="kev")
    known = record("PYSEC-2024-1", affects("pypi/other", ("introduced", "0")), identifiers=["CVE-2024-1001"])
    stated = record("PYSEC-2024-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "3.1.5")))
    with memory_index([known], [listed]) as file, memory_index([stated]) as by_hand:
        combined = CombinedIndex([by_hand, file])
        (hit,) = combined.look_up(Lookup("pypi/jinja2", "PyPI", "3.1.4")).hits
        assert hit.vulnerability.id == "CVE-2024-1001"
        assert set(hit.vulnerability.identifiers) == {"CVE-2024-1001", "PYSEC-2024-1"}
        assert combined.series(hit.vulnerability.identifiers)["CVE-2024-1001"] == [listed]
        (known_as,) = combined.known_as(["PYSEC-2024-1"])
        assert set(known_as.identifiers) == {"CVE-2024-1001", "PYSEC-2024-1"}
