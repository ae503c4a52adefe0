"""Set algebra over spans holds exactly what sets of versions hold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import version_key
from seawall.kernel.versions.interface import HIGHEST, LOWEST
from seawall.kernel.versions.spans import (
    EVERYTHING,
    Span,
    VersionEvent,
    at,
    complement,
    difference,
    intersection,
    overlay,
    union,
)

UNIVERSE = ("0.0.1", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.5.0", "2.0.0-a", "2.0.0", "3.0.0")
"""Versions asked for; bounds are among them too, so that every way of touching occurs."""


def key(version: str) -> bytes:
    return version_key("npm", version)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    low, high = draw(st.sampled_from(("0", *UNIVERSE))), draw(st.sampled_from(("*", *UNIVERSE)))
    after, last = draw(st.booleans()), draw(st.booleans())
    low_key = LOWEST if low == "0" else key(low) + (b"\x00" if after else b"")
    if high == "*":
        return Span(low_key, None, low, None, after and low != "0")
    end: VersionEvent = ("last_affected" if last else "below", high)
    return Span(low_key, key(high) + (b"\x00" if last else b""), low, end, after and low != "0")


many = st.lists(spans(), max_size=5)


def held(found: Sequence[Span]) -> set[str]:
    return {version for version in UNIVERSE if any(span.holds(key(version)) for span in found)}


@given(many, many)
def test_the_algebra_is_that_of_sets(left: list[Span], right: list[Span]) -> None:
    assert held(union([*left, *right])) == held(left) | held(right)
    assert held(complement(left)) == set(UNIVERSE) - held(left)
    assert held(intersection(left, right)) == held(left) & held(right)
    assert held(difference(left, right)) == held(left) - held(right)


@given(many)
def test_what_comes_out_is_sorted_disjoint_and_does_not_touch(some: list[Span]) -> None:
    for found in (union(some), complement(some)):
        for span in found:
            assert span.high is None or span.low < span.high
        for before, behind in pairwise(found):
            assert before.high is not None
            assert before.high < behind.low


@given(many)
def test_the_words_name_the_bounds_that_decide(some: list[Span]) -> None:
    for span in (*union(some), *complement(some)):
        if span.low != LOWEST:
            assert span.low == key(span.introduced) + (b"\x00" if span.after else b"")
        if span.high is not None:
            assert span.end is not None
            assert span.high == key(span.end[1]) + (b"\x00" if span.end[0] == "last_affected" else b"")


@given(st.lists(st.tuples(spans(), st.sampled_from(("a", "b", "c"))), max_size=6))
def test_of_layers_the_first_shows(layers: list[tuple[Span, str]]) -> None:
    painted = overlay(layers, "rest")
    for version in UNIVERSE:
        expected = next((status for span, status in layers if span.holds(key(version))), "rest")
        assert [status for span, status in painted if span.holds(key(version))] == [expected]


def test_everything_and_nothing() -> None:
    assert union([]) == ()
    assert complement([]) == (EVERYTHING,)
    assert complement([EVERYTHING]) == ()
    assert union([Span(HIGHEST, None, "soon", None)]) == (), "a bound that is no version introduces nothing"


def test_stretches_that_touch_become_one() -> None:
    first = Span(key("1.0.0"), key("2.0.0"), "1.0.0", ("below", "2.0.0"))
    second = Span(key("2.0.0"), key("3.0.0"), "2.0.0", ("fixed", "3.0.0"))
    (merged,) = union([second, first])
    assert merged.words == "from 1.0.0 and below 3.0.0 (fixed)"
    assert merged.fixed == "3.0.0"


def test_a_version_taken_out_leaves_its_name_on_both_sides() -> None:
    left, right = difference([EVERYTHING], [at(key("1.5.0"), "1.5.0")])
    assert left.words == "below 1.5.0 (unaffected)"
    assert left.fixed == "1.5.0"
    assert right.words == "above 1.5.0 on, no fix known"


def test_a_remark_stays_with_the_span_it_belongs_to() -> None:
    narrow = Span(LOWEST, key("1.0.0"), "0", ("below", "1.0.0"), remark="only on Windows")
    wide = Span(LOWEST, key("2.0.0"), "0", ("below", "2.0.0"))
    assert [span.words for span in union([narrow])] == ["below 1.0.0; only on Windows"]
    assert [span.words for span in union([narrow, wide])] == ["below 2.0.0"]


def test_an_end_that_is_no_version_names_no_fix() -> None:
    endless = Span(LOWEST, HIGHEST, "0", ("fixed", "soon"))
    assert endless.fixed == ""
    assert endless.words == "below soon (fixed, which is no version and so ends nothing)"
