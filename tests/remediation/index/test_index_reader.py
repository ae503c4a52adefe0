"""What an index answers, against the range itself and against the rules for folding and doubt."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.remediation.index.conftest import affects, product, record

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.versions import VersionRange
from seawall.priority import Point, Signal
from seawall.remediation.index import memory_index
from seawall.remediation.model import Affected, Confidence, Coverage, ProductName, Verdict
from seawall.remediation.names import Lookup

_VERSIONS = ["0.9", "1.0", "1.0.0", "1.1rc1", "1.1", "1.5", "2.0", "2.0.post1", "2.1", "1!0.1", "junk", "2.0-x-y"]
_EVENTS = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit"]), st.sampled_from(["0", *_VERSIONS])),
    max_size=5,
)


class _NobodyRuled:
    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        return None


class _Ruled:
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        return self.verdict


def jinja(version: str) -> Lookup:
    return Lookup("pypi/jinja2", "PyPI", version)


@given(
    ranges=st.lists(_EVENTS, max_size=3),
    versions=st.lists(st.sampled_from(_VERSIONS), max_size=4),
    ecosystem=st.sampled_from(["PyPI", "npm", "Unheard-of"]),
)
def test_the_index_says_what_the_range_says(
    ranges: list[list[tuple[str, str]]], versions: list[str], ecosystem: str
) -> None:
    range_ = VersionRange.from_osv(ecosystem, ranges, versions)
    with memory_index([record("PYSEC-2026-1", Affected("x/y", range_))]) as index:
        for version in _VERSIONS:
            answer = index.look_up(Lookup("x/y", ecosystem, version))
            assert len(answer.hits) + len(answer.doubts) <= 1
            try:
                match = range_.contains(version)
            except InvalidInputError:
                # What holds every version holds one that cannot be read as well; else it is a doubt, never silence.
                everything = any(span.low == b"" and span.high is None for span in range_.spans)
                assert bool(answer.hits) is everything
                assert bool(answer.doubts) is not everything
                continue
            assert bool(answer.hits) is (match is not None)
            if match is not None:
                assert match.fixed in {"", *answer.hits[0].fixed}
            elif range_.problems or range_.needs_commit:
                assert answer.doubts
            else:
                assert not answer.doubts


def test_a_hit_says_why_and_what_ends_it() -> None:
    affected = affects("pypi/jinja2", ("introduced", "2.0"), ("fixed", "3.1.4"), remedy="Upgrade to 3.1.4")
    found = record(
        "PYSEC-2026-1", affected, identifiers=["CVE-2026-1000"], title="Attributes", fix_published="2026-02-01"
    )
    with memory_index([found]) as index:
        (hit,) = index.look_up(jinja("3.1.3")).hits
        assert hit.vulnerability.id == "CVE-2026-1000"
        assert hit.vulnerability.identifiers == ("CVE-2026-1000", "PYSEC-2026-1")
        assert hit.vulnerability.title == "Attributes"
        assert hit.vulnerability.records == hit.records == ("osv:PYSEC-2026-1",)
        assert hit.vulnerability.urls == ("https://example.org/PYSEC-2026-1",)
        assert hit.matched == "from 2.0 and below 3.1.4 (fixed)"
        assert hit.fixed == ("3.1.4",)
        assert hit.remedy == "Upgrade to 3.1.4"
        assert hit.fix_published == "2026-02-01"
        assert hit.confidence is Confidence.EXACT
        assert index.look_up(jinja("3.1.4")).hits == ()
        assert index.look_up(jinja("1.9")).hits == ()
        assert index.look_up(Lookup("pypi/other", "PyPI", "3.1.3")).hits == ()


def test_records_that_share_an_identifier_are_one_vulnerability() -> None:
    events = ("introduced", "0"), ("fixed", "2")
    records = [
        record("GHSA-2222-2222-2222", affects("pypi/jinja2", *events), identifiers=["CVE-2026-1"]),
        record("PYSEC-2026-7", affects("pypi/jinja2", *events), identifiers=["GHSA-2222-2222-2222"]),
        record("GO-2026-1", affects("pypi/jinja2", *events)),
    ]
    with memory_index(records) as index:
        first, second = index.look_up(jinja("1")).hits
        assert first.vulnerability.id == "CVE-2026-1"
        assert set(first.records) == {"osv:GHSA-2222-2222-2222", "osv:PYSEC-2026-7"}
        assert first.vulnerability.identifiers == ("CVE-2026-1", "GHSA-2222-2222-2222", "PYSEC-2026-7")
        assert second.vulnerability.id == "GO-2026-1"
        assert index.info.vulnerabilities == 2
        assert index.info.records == 3


def test_a_case_names_the_vulnerability_before_its_cve() -> None:
    case = record("SW-2026-000001", affects("pypi/jinja2", versions=["1"]), identifiers=["CVE-2026-1"], source="case")
    other = record("PYSEC-2026-1", affects("pypi/other", versions=["1"]), identifiers=["CVE-2026-1"])
    with memory_index([other, case]) as index:
        assert index.look_up(jinja("1")).hits[0].vulnerability.id == "SW-2026-000001"


def test_a_source_that_contradicts_is_named_and_the_hit_stays() -> None:
    records = [
        record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "3")), identifiers=["CVE-2026-1"]),
        record("CVE-2026-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "2")), source="cve"),
        record("GHSA-2222-2222-2222", affects("pypi/other", ("introduced", "0")), identifiers=["CVE-2026-1"]),
    ]
    with memory_index(records) as index:
        (hit,) = index.look_up(jinja("2.5")).hits
        assert hit.records == ("osv:PYSEC-2026-1",)
        assert hit.contradicted_by == ("cve:CVE-2026-1",)
        (both,) = index.look_up(jinja("1.5")).hits
        assert both.contradicted_by == ()
        assert set(both.fixed) == {"2", "3"}


def test_a_record_that_cannot_decide_contradicts_nobody() -> None:
    commits = VersionRange.from_osv("PyPI", [[("introduced", "junk"), ("fixed", "3")]])
    records = [
        record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "3")), identifiers=["CVE-2026-1"]),
        record("GHSA-2222-2222-2222", Affected("pypi/jinja2", commits), identifiers=["CVE-2026-1"]),
    ]
    with memory_index(records) as index:
        answer = index.look_up(jinja("2"))
        assert answer.hits[0].contradicted_by == ()
        assert answer.doubts == ()
        (doubt,) = index.look_up(jinja("4")).doubts
        assert "introduced junk" in doubt.reason


def test_a_text_that_is_no_version_leaves_a_doubt() -> None:
    with memory_index([record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "1")))]) as index:
        (doubt,) = index.look_up(jinja("not a version")).doubts
        assert doubt.vulnerability.id == "PYSEC-2026-1"
        assert "not a version" in doubt.reason


def test_a_withdrawn_record_says_nothing_and_folds_nothing() -> None:
    gone = record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "0")), identifiers=["CVE-1"], withdrawn=True)
    live = record("PYSEC-2026-2", affects("pypi/jinja2", ("introduced", "0")), identifiers=["CVE-1"])
    with memory_index([gone, live]) as index:
        (hit,) = index.look_up(jinja("1")).hits
        assert hit.vulnerability.records == ("osv:PYSEC-2026-2",)
        assert index.info.records == 1
        assert index.packages_of("PYSEC-2026-1") == ()
        assert index.packages_of("CVE-1") == ("pypi/jinja2",)


def test_the_newer_of_two_documents_about_one_record_counts() -> None:
    old = record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "0")), modified="2026-01-01T00:00:00Z")
    new = record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "2")), modified="2026-02-01T00:00:00Z")
    for records in ([old, new], [new, old]):
        with memory_index(records) as index:
            assert index.look_up(jinja("1")).hits == ()
            assert index.look_up(jinja("3")).hits


def test_a_binary_package_is_asked_for_beside_its_source() -> None:
    events = ("introduced", "0"), ("fixed", "1:3.0.7-25.el9")
    by_binary = record("RHSA-2026:1", affects("rpm/redhat:9/openssl-libs", *events, ecosystem="Red Hat"))
    with memory_index([by_binary]) as index:
        also = (("rpm/redhat:9/openssl-libs", "1:3.0.7-24.el9"),)
        assert index.look_up(Lookup("rpm/redhat:9/openssl", "Red Hat", "1:3.0.7-24.el9", also)).hits
        assert not index.look_up(Lookup("rpm/redhat:9/openssl", "Red Hat", "1:3.0.7-24.el9")).hits


def test_many_look_ups_give_what_one_gives() -> None:
    with memory_index([record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "2")))]) as index:
        asked = [jinja("1"), jinja("2"), Lookup("npm/x", "npm", "1.0.0"), jinja("1")]
        assert index.look_up_many(asked) == [index.look_up(lookup) for lookup in asked]


def test_silence_about_a_registry_that_is_not_held_can_be_told() -> None:
    debian = affects("deb/debian:12/openssl", ("introduced", "0"), ecosystem="Debian:12")
    with memory_index([record("DSA-1", debian), record("PYSEC-2026-1", affects(versions=["1"]))]) as index:
        assert index.coverage("pypi/anything") is Coverage.KEPT
        assert index.coverage("deb/debian:12/anything") is Coverage.KEPT
        assert index.coverage("deb/debian:11/openssl") is Coverage.NONE
        assert index.coverage("npm/jinja2") is Coverage.NONE


def test_signals_come_back_as_they_were() -> None:
    at = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    signals = [
        Signal("CVE-2026-1", Point.KEV, "yes", "CISA-KEV", at, feed="kev"),
        Signal("CVE-2026-1", Point.KEV, "", "CISA-KEV", at.replace(month=4), retracted=True, feed="kev"),
        Signal("*", Point.KEV, "no", "CISA-KEV", at, feed="kev"),
        Signal("CVE-2026-2", Point.CVSS_3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CNA x", at),
    ]
    with memory_index([], signals[::-1]) as index:
        series = index.series(["CVE-2026-1", "*", "CVE-2026-2", "CVE-2026-3"])
        assert series["CVE-2026-1"] == signals[:2]
        assert series["*"] == [signals[2]]
        assert series["CVE-2026-2"] == [signals[3]]
        assert "CVE-2026-3" not in series


def test_products_are_found_by_their_names() -> None:
    records = [
        record(
            "ICSA-26-1/CVE-2026-1", product("Siemens", "SIMATIC S7-1500", "<V3.2", remedy="Update to V3.2 or later")
        ),
        record("ICSA-26-2/CVE-2026-2", product("Rockwell Automation", "ControlLogix 5580", "<V35")),
    ]
    with memory_index(records) as index:
        (hit,) = index.look_up_product(ProductName("Siemens", "SIMATIC S7-1500"), "V3.1", _NobodyRuled()).hits
        assert hit.vulnerability.records == ("osv:ICSA-26-1/CVE-2026-1",)
        assert hit.remedy == "Update to V3.2 or later"
        assert hit.because
        assert not index.look_up_product(ProductName("Siemens", "SIMATIC S7-1500"), "V3.2", _NobodyRuled()).hits
        assert not index.look_up_product(ProductName("Siemens", "Desigo CC"), "V3.1", _NobodyRuled()).hits


def test_what_a_person_ruled_about_two_names_stands() -> None:
    records = [record("ICSA-26-1/CVE-2026-1", product("Siemens", "SIMATIC S7-1500 CPU", "<V3.2"))]
    name = ProductName("Siemens AG", "SIMATIC S7-1500")
    with memory_index(records) as index:
        assert not index.look_up_product(name, "V3.1", _Ruled(Verdict.REJECTED)).hits
        (hit,) = index.look_up_product(name, "V3.1", _Ruled(Verdict.CONFIRMED)).hits
        assert hit.confidence is Confidence.EXACT
        assert "a person" in hit.because


@pytest.mark.parametrize(
    ("text", "installed", "bound"),
    [
        ("<S17.02", "17.02", "S17.02"),
        ("<S17.02", "16.9", "S17.02"),
        ("<17.02", "S17.02", "17.02"),
        (">=V16 | <V16 Update 6", "16.0.5", "V16 Update 6"),
        ("<V3.0.1", "Build 77", "V3.0.1"),
        ("M2.1.6.05", "2.1.6.05", "M2.1.6.05"),
        ("2.1.6.05", "M2.1.6.05", "2.1.6.05"),
    ],
)
def test_a_version_that_is_written_differently_is_a_doubt(text: str, installed: str, bound: str) -> None:
    name = ProductName("Acme", "Pump Controller")
    with memory_index([record("ICSA-26-1/CVE-2026-1", product("Acme", "Pump Controller", text))]) as index:
        answer = index.look_up_product(name, installed, _NobodyRuled())
        assert answer.hits == ()
        (doubt,) = answer.doubts
        assert doubt.reason == f"{installed} and {bound} are written differently: a person should compare them"


def test_another_record_that_decides_makes_the_doubt_needless() -> None:
    name = ProductName("Acme", "Pump Controller")
    records = [
        record("ICSA-26-1/CVE-2026-1", product("Acme", "Pump Controller", "<S17.02"), identifiers=["CVE-2026-1"]),
        record("CVE-2026-1", product("Acme", "Pump Controller", "<18"), source="cve"),
    ]
    with memory_index(records) as index:
        (hit,) = index.look_up_product(name, "17.01", _NobodyRuled()).hits
        assert hit.contradicted_by == ()
        assert index.look_up_product(name, "S17.01", _NobodyRuled()).hits


def test_a_tag_in_another_spelling_is_a_doubt_where_no_order_is_known() -> None:
    range_ = VersionRange.from_osv("OSS-Fuzz", [], ["OpenSSL_1_1_1a", "v1.1.1"])
    with memory_index([record("OSV-2026-1", Affected("generic/openssl", range_))]) as index:

        def ask(version: str) -> tuple[int, int]:
            answer = index.look_up(Lookup("generic/openssl", "generic", version))
            return len(answer.hits), len(answer.doubts)

        assert ask("v1.1.1") == ask("OpenSSL_1_1_1a") == (1, 0)
        assert ask("1.1.1a") == ask("1.1.1") == (0, 1)
        assert ask("1.1.2") == (0, 0)
    assert range_.doubt("1.1.1a") == "the record lists OpenSSL_1_1_1a, which may be 1.1.1a in another spelling"


@pytest.mark.parametrize("version", ["", "\x00", "9" * 500, "1\x1f2", "'; DROP TABLE span; --"])
def test_hostile_versions_are_doubts(version: str) -> None:
    with memory_index([record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "1")))]) as index:
        answer = index.look_up(jinja(version))
        assert not answer.hits
        assert answer.doubts
