from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.advisories.ranges import Interval, intervals, natural, single_vers
from seawall.kernel.versions import VersionRange


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((("introduced", "0"), ("fixed", "1.2")), ["vers:pypi/<1.2"]),
        ((("introduced", "1.0"), ("last_affected", "1.2")), ["vers:pypi/>=1.0|<=1.2"]),
        ((("introduced", "0"),), ["vers:pypi/*"]),
        ((("fixed", "1.2"),), ["vers:pypi/<1.2"]),
        ((("introduced", "1.0"), ("limit", "2.0")), ["vers:pypi/>=1.0|<2.0"]),
        ((("introduced", "1.0"), ("limit", "*")), ["vers:pypi/>=1.0"]),
        ((("introduced", "1.0"), ("fixed", "1.0")), []),
        ((), []),
        ((("odd", "1"),), []),
        (
            (("introduced", "2.0"), ("fixed", "2.10"), ("introduced", "0"), ("fixed", "1.9")),
            ["vers:pypi/<1.9", "vers:pypi/>=2.0|<2.10"],
        ),
        ((("introduced", "1|2"), ("fixed", "all <3")), ["vers:pypi/>=1%7C2|<all%20%3C3"]),
    ],
)
@pytest.mark.parametrize("ecosystem", ["PyPI", ""])
def test_events_become_vers(events: tuple[tuple[str, str], ...], expected: list[str], ecosystem: str) -> None:
    assert sorted(interval.vers("pypi") for interval in intervals(events, ecosystem)) == sorted(expected)


def test_unordered_events_are_brought_into_natural_order_where_no_order_is_known() -> None:
    events = (("introduced", "0"), ("introduced", "1.10"), ("fixed", "1.9"), ("fixed", "1.11"))
    assert intervals(events, "no ecosystem") == (Interval("0", fixed="1.9"), Interval("1.10", fixed="1.11"))


_numbers = st.integers(0, 9).map(lambda number: f"{number}.0")


@given(
    st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), _numbers), min_size=1, max_size=6),
    _numbers,
)
def test_intervals_hold_the_same_versions_as_the_events(events: list[tuple[str, str]], version: str) -> None:
    whole = events if any(kind == "introduced" for kind, _ in events) else [("introduced", "0"), *events]
    expected = VersionRange.from_osv("PyPI", (whole,)).contains(version)
    rewritten = [interval.events for interval in intervals(tuple(events), "PyPI")]
    assert bool(VersionRange.from_osv("PyPI", rewritten).contains(version)) is bool(expected)


def test_words() -> None:
    assert str(Interval("1.0", fixed="2.0")) == ">= 1.0, < 2.0"
    assert str(Interval(last_affected="2.0")) == "<= 2.0"
    assert str(Interval()) == "all versions"
    assert single_vers("npm", "1.0 all") == "vers:npm/1.0%20all"


def test_natural_order() -> None:
    assert sorted(["1.10", "1.9", "1.9rc1", "1"], key=natural) == ["1", "1.9", "1.9rc1", "1.10"]
