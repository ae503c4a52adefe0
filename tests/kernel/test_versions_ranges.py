"""Compiled spans say what OSV's pseudocode says, for hostile mixtures of events too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from seawall.kernel.versions import CommitRange, InvalidVersionError, UnsupportedEcosystemError, VersionRange
from seawall.kernel.versions.ranges import VersionEvent

_KINDS = ("introduced", "fixed", "last_affected", "limit")
_VERSIONS = ("0.1", "1.0rc1", "1.0", "1.0.0", "1.5", "2.0", "2.0.post1", "3.0")
_events = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(_KINDS), st.sampled_from(_VERSIONS)),
        st.just(("introduced", "0")),
        st.just(("limit", "*")),
    ),
    max_size=7,
)


def pseudocode(version: str, ranges: list[list[VersionEvent]]) -> bool:
    """The schema's own words, with `packaging` for the comparisons and none of the tested code."""

    def at_least(version: str, bound: str) -> bool:
        return bound == "0" or Version(version) >= Version(bound)

    for events in ranges:
        limits = [bound for kind, bound in events if kind == "limit"]
        if limits and not any(bound == "*" or Version(version) < Version(bound) for bound in limits):
            continue
        acting = [event for event in events if event[0] != "limit"]
        vulnerable = False
        for kind, bound in sorted(acting, key=lambda event: (event != ("introduced", "0"), Version(event[1]))):
            if kind == "introduced" and at_least(version, bound):
                vulnerable = True
            if kind == "fixed" and at_least(version, bound):
                vulnerable = False
            if kind == "last_affected" and Version(version) > Version(bound):
                vulnerable = False
        if vulnerable:
            return True
    return False


@given(st.lists(_events, max_size=3), st.sampled_from((*_VERSIONS, "0", "0.0.1.dev1", "1.0.1", "2.0+local", "99")))
def test_spans_say_what_the_pseudocode_says(ranges: list[list[VersionEvent]], version: str) -> None:
    assert (VersionRange.from_osv("PyPI", ranges).contains(version) is not None) == pseudocode(version, ranges)


@pytest.mark.parametrize(
    ("events", "inside", "outside", "words", "fixed"),
    [
        ([("introduced", "0"), ("fixed", "1.2")], "1.1", "1.2", "below 1.2 (fixed)", "1.2"),
        ([("introduced", "1.0"), ("fixed", "1.2")], "1.0", "0.9", "from 1.0 and below 1.2 (fixed)", "1.2"),
        ([("introduced", "1.0"), ("last_affected", "1.2")], "1.2", "1.2.1", "from 1.0 and up to and including 1.2", ""),
        ([("introduced", "1.0")], "7", "0.9", "from 1.0 on, no fix known", ""),
        ([("introduced", "0"), ("limit", "2.0")], "1.9", "2.0", "below 2.0 (limit)", ""),
        ([("fixed", "1.2"), ("introduced", "1.0")], "1.1", "1.2", "from 1.0 and below 1.2 (fixed)", "1.2"),
    ],
)
def test_a_match_is_told_in_words(
    events: list[VersionEvent], inside: str, outside: str, words: str, fixed: str
) -> None:
    range_ = VersionRange.from_osv("PyPI", [events])
    match = range_.contains(inside)
    assert match is not None
    assert (match.words, match.fixed) == (words, fixed)
    assert range_.contains(outside) is None


def test_branches_are_told_apart_by_their_fix() -> None:
    events = [("introduced", "0"), ("fixed", "3.2.25"), ("introduced", "4.0"), ("fixed", "4.2.14")]
    range_ = VersionRange.from_osv("PyPI", [events])
    assert [getattr(range_.contains(version), "fixed", None) for version in ("3.1", "3.2.25", "4.2.13", "4.2.14")] == [
        "3.2.25",
        None,
        "4.2.14",
        None,
    ]


def test_several_ranges_are_not_poured_together() -> None:
    overlapping = [[("introduced", "0"), ("fixed", "2.0")], [("introduced", "1.0"), ("fixed", "3.0")]]
    assert VersionRange.from_osv("PyPI", overlapping).contains("2.5") is not None


def test_at_one_version_the_record_decides_the_order() -> None:
    goes_on = [("introduced", "0"), ("fixed", "1.0"), ("introduced", "1.0"), ("fixed", "2.0")]
    empty = [("introduced", "1.0"), ("fixed", "1.0")]
    assert VersionRange.from_osv("PyPI", [goes_on]).contains("1.0") is not None
    assert VersionRange.from_osv("PyPI", [empty]).contains("1.0") is None


def test_a_listed_version_matches_in_another_spelling_and_outside_every_range() -> None:
    range_ = VersionRange.from_osv("PyPI", [[("introduced", "0"), ("fixed", "0.5")]], ["1.0", "2004d-final"])
    match = range_.contains("1.0.0")
    assert match is not None
    assert match.words == "version 1.0.0 is listed"
    assert range_.contains("2004d-final") is not None
    assert range_.contains("1.1") is None


def test_an_unreadable_fix_fixes_nothing_and_is_named() -> None:
    range_ = VersionRange.from_osv("npm", [[("introduced", "1.0.0"), ("fixed", "soon")]])
    assert range_.contains("99.0.0") is not None
    assert range_.contains("0.9.0") is None
    assert range_.problems == ("fixed soon",)


def test_a_fix_from_before_pep_440_does_not_hide_the_releases_before_it() -> None:
    range_ = VersionRange.from_osv("PyPI", [[("introduced", "0"), ("fixed", "2019-09-12")]])
    match = range_.contains("0.1")
    assert match is not None
    assert match.words == "below 2019-09-12 (fixed, which is no version and so ends nothing)"
    assert range_.problems == ("fixed 2019-09-12",)


def test_an_unreadable_introduction_introduces_nothing_and_is_named() -> None:
    range_ = VersionRange.from_osv("npm", [[("introduced", "once"), ("fixed", "2.0.0")]])
    assert range_.contains("1.0.0") is None
    assert range_.problems == ("introduced once",)


def test_a_version_that_cannot_be_read_is_an_error_and_not_a_no() -> None:
    range_ = VersionRange.from_osv("npm", [[("introduced", "1.0.0"), ("fixed", "2.0.0")]], ["weird"])
    assert range_.contains("weird") is not None
    with pytest.raises(InvalidVersionError):
        range_.contains("weirder")


def test_without_an_ordering_only_what_needs_none_is_decided() -> None:
    bounded = VersionRange.from_osv("VSCode", [[("introduced", "0"), ("fixed", "2.0")]], ["1.9.Final"])
    assert bounded.contains("1.9.Final") is not None
    with pytest.raises(UnsupportedEcosystemError):
        bounded.contains("1.9")
    assert VersionRange.from_osv("VSCode", [], ["1.0"]).contains("1.1") is None
    unbounded = VersionRange.from_osv("VSCode", [[("introduced", "0")]]).contains("any")
    assert unbounded is not None
    assert unbounded.words == "every version, no fix known"


def test_a_package_without_any_version_data_matches_nothing() -> None:
    assert VersionRange.from_osv("PyPI").contains("1.0") is None
    assert VersionRange.from_osv("PyPI", [[]]).contains("not a version at all") is None


@given(st.lists(_events, max_size=3), st.lists(st.sampled_from(_VERSIONS), max_size=3))
def test_normalising_and_writing_keep_the_versions(ranges: list[list[VersionEvent]], listed: list[str]) -> None:
    range_ = VersionRange.from_osv("PyPI", ranges, listed)
    single, written = range_.normalised(), VersionRange.from_vers(range_.to_vers())
    for version in (*_VERSIONS, "0.0.1.dev1", "1.0.1", "99"):
        expected = range_.contains(version) is not None
        assert (single.contains(version) is not None) == expected
        assert (written.contains(version) is not None) == expected
    assert single.normalised() == single


@given(st.lists(_events, max_size=2), st.lists(_events, max_size=2), st.lists(st.sampled_from(_VERSIONS), max_size=3))
def test_what_another_range_holds_can_be_taken_out(
    ranges: list[list[VersionEvent]], others: list[list[VersionEvent]], listed: list[str]
) -> None:
    left, right = VersionRange.from_osv("PyPI", ranges, listed), VersionRange.from_osv("PyPI", others, listed[:1])
    rest = left.without(right)
    for version in (*_VERSIONS, "0.0.1.dev1", "1.0.1", "99"):
        expected = left.contains(version) is not None and right.contains(version) is None
        assert (rest.contains(version) is not None) == expected


def test_what_is_taken_out_under_a_condition_stays() -> None:
    left = VersionRange.from_text("generic", "< 4.0")
    assert left.without(VersionRange.from_text("generic", "3.0 only on Linux")).contains("3.0") is not None
    assert left.without(VersionRange.from_text("generic", "3.0")).contains("3.0.0") is None


def test_what_is_undecided_is_settled_by_what_is_taken_out() -> None:
    left = VersionRange.from_text("generic", "n/a").without(VersionRange.from_text("generic", ">= 3.0"))
    assert left.doubt("2.9")
    assert left.doubt("3.0") == ""


def test_ranges_of_commits_are_kept_and_leave_everything_in_doubt() -> None:
    commits = CommitRange("https://example.org/x.git", ("0",), fixed=("abc123",))
    alone = VersionRange.from_osv("PyPI", commits=[commits])
    assert alone.commits == (commits,)
    assert alone.needs_commit
    assert alone.contains("1.0") is None
    assert "commit" in alone.doubt("1.0")
    beside = VersionRange.from_osv("PyPI", versions=["1.0"], commits=[commits])
    assert not beside.needs_commit
    assert beside.doubt("1.1") == ""
