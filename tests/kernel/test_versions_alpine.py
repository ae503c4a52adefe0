"""Alpine's order: tables, the published suites, and a slow re-telling of apk-tools' comparison as an oracle.

apk itself cannot be installed from a registry that the tests may use, so the oracle is its algorithm, told here token
by token as `src/version.c` of apk-tools 3 does it, and shares no code with the keys.
"""

from __future__ import annotations

import json
import os
import re
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seawall.kernel.versions import InvalidVersionError, version_key
from seawall.kernel.versions.interface import MAX_CHARACTERS

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SUITES = SHARED / "suites" / "versions"
VERS = SHARED / "suites" / "vers" / "alpine_version_cmp_test.json"

_number = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["00", "01", "010", "007", "20240131", "9" * 25]))
_suffix = st.sampled_from(["_alpha", "_beta", "_pre", "_rc", "_cvs", "_svn", "_git", "_hg", "_p"])


@st.composite
def alpine_versions(draw: st.DrawFn) -> str:
    components = draw(st.lists(_number, min_size=1, max_size=4))
    letter = draw(st.sampled_from(["", "", "a", "b", "z"]))
    suffixes = draw(st.lists(st.tuples(_suffix, st.one_of(st.just(""), _number)).map("".join), max_size=2))
    commit = draw(st.sampled_from(["", "", "", "~0", "~deadbeef", "~1a"]))
    revision = draw(st.one_of(st.just(""), _number.map("-r{}".format)))
    text = ".".join(components) + letter + "".join(suffixes) + commit + revision
    assume(len(text) <= MAX_CHARACTERS)
    return text


FIRST, DIGIT, LETTER, SUFFIX, SUFFIX_NUMBER, COMMIT, REVISION, END = range(8)
SUFFIXES = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"]
TOKEN = re.compile(r"\.?([0-9]+)|([a-z])|_([a-z]+)|~([0-9a-f]+)|-r([0-9]+)")


def tokens(text: str) -> list[tuple[int, str]]:
    out, place = [], 0
    while place < len(text):
        # The parser is greedy from the left: digits behind a suffix belong to it, a letter stands behind a digit only.
        match = TOKEN.match(text, place)
        assert match is not None, text
        place = match.end()
        digits, letter, suffix, commit, revision = match.groups()
        if digits is not None:
            kind = FIRST if not out else SUFFIX_NUMBER if out[-1][0] == SUFFIX else DIGIT
            out.append((kind, digits))
        elif letter is not None:
            out.append((LETTER, letter))
        elif suffix is not None:
            out.append((SUFFIX, suffix))
        else:
            out.append((COMMIT, commit) if commit is not None else (REVISION, revision))
    return [*out, (END, "")]


def apk_compare(left: str, right: str) -> int:
    for (kind, value), (other_kind, other) in zip(tokens(left), tokens(right), strict=False):
        if kind != other_kind:
            if kind == SUFFIX and SUFFIXES.index(value) < SUFFIXES.index(""):
                return -1
            if other_kind == SUFFIX and SUFFIXES.index(other) < SUFFIXES.index(""):
                return 1
            return -1 if kind > other_kind else 1
        if kind == SUFFIX:
            one, two = SUFFIXES.index(value), SUFFIXES.index(other)
        elif kind in {LETTER, COMMIT, END} or (kind == DIGIT and "0" in {value[0], other[0]}):
            one, two = value, other
        else:
            one, two = int(value), int(other)
        if one != two:
            return -1 if one < two else 1
    return 0


def compare(left: str, right: str) -> int:
    one, other = version_key("Alpine", left), version_key("Alpine", right)
    return (one > other) - (one < other)


@given(alpine_versions(), alpine_versions())
def test_keys_compare_as_apk_does(left: str, right: str) -> None:
    assert compare(left, right) == apk_compare(left, right)


@given(alpine_versions(), st.sampled_from(["0", ".0", ".1", "a", "_rc", "_rc1", "_p", "_p0", "~0", "-r0", "-r1"]))
def test_near_neighbours_compare_as_apk_does(text: str, end: str) -> None:
    try:
        version_key("Alpine", text + end)
    except InvalidVersionError:
        return
    if not re.search("[a-z]$", text) or not end[0].isdigit() or re.search("_[a-z]+$", text):
        assert compare(text, text + end) == apk_compare(text, text + end)


@given(st.lists(alpine_versions(), max_size=20))
def test_the_oracle_itself_is_an_order(versions: list[str]) -> None:
    """A comparison that is no order would make the differential tests worthless."""
    by_oracle = sorted(versions, key=cmp_to_key(apk_compare))
    assert all(apk_compare(one, other) <= 0 for one, other in pairwise(by_oracle))


def test_a_known_order_is_strictly_ascending() -> None:
    ascending = (
        "0.1_alpha 0.1_alpha1 0.1_beta 0.1_pre 0.1_rc 0.1_rc1 0.1_rc_git1 0.1 0.1-r0 0.1-r1 0.1-r10 0.1~1a 0.1~1a-r0 "
        "0.1_cvs 0.1_svn 0.1_git 0.1_git20230717 0.1_hg 0.1_p 0.1_p-r1 0.1_p~1a 0.1_p1 0.1_p1_p1 0.1a 0.1a1 0.1b 0.1.0 "
        "0.1.00 0.1.010 0.1.02 0.1.1 0.1.10 0.2 1 1.0 01.1 10"
    )
    versions = ascending.split()
    keys = [version_key("Alpine", text) for text in versions]
    assert [pair for pair, (low, high) in zip(pairwise(versions), pairwise(keys), strict=True) if low >= high] == []


@pytest.mark.parametrize(("left", "right"), [("01.2", "1.2"), ("1-r00", "1-r0"), ("1_p01", "1_p1"), ("1a01", "1a1")])
def test_two_spellings_of_one_version_have_one_key(left: str, right: str) -> None:
    assert version_key("Wolfi", left) == version_key("Chainguard", right)


_REFUSED = "a .1 1. 1..2 1A 1_blah 1_ 1-r 1-0 1-r0-1 1-r1.2 1~ 1~XY 1ab 1-r1~ab v1.2 1.2+b1 latest"


@pytest.mark.parametrize("text", ["", *_REFUSED.split()])
def test_what_apk_refuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionError, match="apk-tools"):
        version_key("Alpine", text)


REFUSED_IN_SUITE = {
    *(
        "1-r-0",
        "1-r-1",
        "0..1..0",
        "0..1..1",
        "0...1...0r1",
        "0...1...0r2",
        "0..8",
        "0...8",
        "10.2.24.r0",
        "10.2.22.r0",
    ),
    *("0.8.21.r2", "1-ruff", "1-r0-1", "1-r-2", "1-r0-2", "1-ruff1", "1-ruff2", "1--ruff1", "1-r0-ruff1", "1-r0-ruff2"),
    *("1.2_blah", "1.2_csv2", ".1", "a", "b"),
}
"""Versions in the suite that `apk version --check` calls invalid, so that no package can have them."""


@pytest.mark.skipif(not SUITES.exists(), reason="the published suites are not here")
def test_the_published_suite_holds_but_for_versions_that_apk_refuses() -> None:
    cases = [
        line.split(" ")
        for name in ("alpine-versions.txt", "alpine-versions-generated.txt")
        for line in (SUITES / name).read_text(encoding="utf-8").splitlines()
        if line
    ]
    assert len(cases) >= 7_400
    wrong, refused = [], set()
    for left, operator, right in cases:
        known = {left, right} & REFUSED_IN_SUITE
        if not known and compare(left, right) != "<=>".index(operator) - 1:
            wrong.append((left, operator, right))
        refused |= known
    assert wrong == []
    assert refused == REFUSED_IN_SUITE
    for text in refused:
        with pytest.raises(InvalidVersionError):
            version_key("Alpine", text)


@pytest.mark.skipif(not VERS.exists(), reason="the published suites are not here")
def test_the_vers_suite_holds_whole() -> None:
    cases = json.loads(VERS.read_text(encoding="utf-8"))["tests"]
    assert len(cases) >= 700
    for case in cases:
        left, right = case["input"]["versions"]
        if case["test_type"] == "equality":
            assert (compare(left, right) == 0) == case["expected_output"], case
        else:
            ordered = sorted((left, right), key=lambda text: version_key("Alpine", text))
            assert ordered == case["expected_output"], case
