"""Ranges in the notations of npm, RubyGems and PyPI: the VERS suite, and the package managers' own rules."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from seawall.kernel.versions import VersionRange
from seawall.kernel.versions.spans import InvalidRangeError

SUITE = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared")) / "suites" / "vers"
ECOSYSTEMS: Final = {"npm": "npm", "gem": "RubyGems", "pypi": "PyPI"}

NOT_SIMPLIFIED: Final = "holds the same versions; VERS asks for unique versions and for redundant bounds to be dropped"
PARTIAL: Final = "npm: a partial version after a comparator stands for its whole series, so `<=2.1` holds 2.1.7"
INTERSECTION: Final = "npm: comparators side by side must all hold; the suite writes them as alternatives"
SUITE_IS_WRONG: Final = {
    "2.0.x || 2.1.x": NOT_SIMPLIFIED,
    "<2.0.18 || <3.0.16 || <3.1.6 || <4.0.8 || <5.0.0-beta.5": NOT_SIMPLIFIED,
    "<2.0.1 || <1.1.7": NOT_SIMPLIFIED,
    ">= 5.2.1 <= 6.0.0 || >=6.0.0 <= 6.0.2": NOT_SIMPLIFIED,
    "^2.0.18 || ^3.0.16 || ^3.1.6 || ^4.0.8 || ^5.0.0-beta.5": (
        "the suite's answer repeats <4.0.0 and ends at <5.0.0 before >=5.0.0-beta.5 has begun: it is no valid VERS"
    ),
    ">= 0.2.0 <= 0.9.6 || ~0.8.0-pre": "the suite cuts ~0.8.0-pre off at 0.8.1; npm's ~0.8.0-pre is below 0.9.0",
    "<= 1.0": PARTIAL,
    "2.1 || 2.6": PARTIAL,
    "<=2.1 >=1.1": PARTIAL,
    ">= 2.2.x": "npm: `>=` has no upper end, whatever follows it; the suite ends it at 2.3.0",
    ">= 1.x": "npm: `>=` has no upper end, whatever follows it; the suite ends it at 2.0.0",
    ">=5.0.3 >=4.2.1": INTERSECTION,
    "1.1.2 1.2.2": INTERSECTION,
}
"""Cases of the suite that are not followed, each with the reason."""


def suite() -> list[object]:
    return list(_tests())


def _tests() -> Iterator[object]:
    for path in sorted(SUITE.glob("*from_native*.json")):
        for number, test in enumerate(json.loads(path.read_text())["tests"]):
            yield pytest.param(test, id=f"{path.stem}-{number}")


@pytest.mark.parametrize("test", suite())
def test_translation_of_the_suite(test: dict[str, dict[str, str]]) -> None:
    text, scheme = test["input"]["native_range"], test["input"]["scheme"]
    written = VersionRange.from_native(ECOSYSTEMS[scheme], text).to_vers()
    assert (written == test["expected_output"]) == (text not in SUITE_IS_WRONG)


@pytest.mark.skipif(not SUITE.exists(), reason="the shared suites are not here")
@pytest.mark.parametrize("text", [text for text, why in SUITE_IS_WRONG.items() if why == NOT_SIMPLIFIED])
def test_where_the_suite_is_not_simplified_the_versions_are_the_same(text: str) -> None:
    (expected,) = {
        test["expected_output"]
        for test in json.loads((SUITE / "npm_range_from_native_test.json").read_text())["tests"]
        if test["input"]["native_range"] == text
    }
    ours, theirs = VersionRange.from_native("npm", text), VersionRange.from_vers(expected)
    for version in ("0.1.0", "1.1.6", "1.1.7", "2.0.0", "2.0.1", "2.0.17", "2.1.5", "2.2.0", "3.0.0", "5.2.0", "6.0.0"):
        assert (ours.contains(version) is None) == (theirs.contains(version) is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "*"),
        ("*", "*"),
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.2.3 - 2.3.4", ">=1.2.3|<=2.3.4"),
        ("1.2 - 2.3", ">=1.2.0|<2.4.0"),
        ("1.2.x", ">=1.2.0|<1.3.0"),
        ("1", ">=1.0.0|<2.0.0"),
        ("~1.2.3", ">=1.2.3|<1.3.0"),
        ("~1.2", ">=1.2.0|<1.3.0"),
        ("~1", ">=1.0.0|<2.0.0"),
        ("~> 1.2.3", ">=1.2.3|<1.3.0"),
        ("^1.2.3", ">=1.2.3|<2.0.0"),
        ("^0.2.3", ">=0.2.3|<0.3.0"),
        ("^0.0.3", ">=0.0.3|<0.0.4"),
        ("^0.0", ">=0.0.0|<0.1.0"),
        ("^0.x", ">=0.0.0|<1.0.0"),
        ("> 1.2", ">=1.3.0"),
        ("< 1.2", "<1.2.0"),
        ("^1.2 || ~2.3 ", ">=1.2.0|<2.0.0|>=2.3.0|<2.4.0"),
        (">1.0.0 <=1.5.0", ">1.0.0|<=1.5.0"),
    ],
)
def test_npm(text: str, expected: str) -> None:
    """Expected: node-semver's README, bounds without its `-0`."""
    assert VersionRange.from_native("npm", text).to_vers() == f"vers:npm/{expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~> 2.0.8", ">=2.0.8|<2.1"),
        ("~> 2.0", ">=2.0|<3"),
        ("~> 2", ">=2|<3"),
        ("~> 1.2.0.rc1", ">=1.2.0.rc1|<1.3"),
        (">= 1.0, < 2.0, != 1.5", ">=1.0|!=1.5|<2.0"),
        ("1.0", "1.0"),
        ("= 1.0", "1.0"),
    ],
)
def test_rubygems(text: str, expected: str) -> None:
    assert VersionRange.from_native("RubyGems", text).to_vers() == f"vers:gem/{expected}"


_releases = st.sampled_from(("0.9", "1.0", "1.0.1", "1.1", "1.4.2", "2.0", "2.1.0", "1!1.0"))
_specifiers = st.one_of(
    st.tuples(st.sampled_from(("==", "!=", "<=", ">=", "<", ">")), _releases),
    st.tuples(st.sampled_from(("==", "!=")), _releases.map(lambda release: f"{release}.*")),
    st.tuples(st.just("~="), _releases),
).map("".join)


@given(
    st.lists(_specifiers, max_size=4).map(",".join), _releases | st.sampled_from(("1.0.2", "1.4.9", "2.0.dev1", "3.0"))
)
def test_pypi_is_what_packaging_says(text: str, version: str) -> None:
    """Final releases, and development releases where a star decides; `<` and pre-releases differ as documented."""
    if "dev" in version and any(mark in text.replace("<=", "") for mark in "<"):
        return
    expected = SpecifierSet(text).contains(version, prereleases=True)
    assert (VersionRange.from_native("PyPI", text).contains(version) is not None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~=1.4.2", ">=1.4.2|<1.5.dev0"),
        ("~=2.2.post3", ">=2.2.post3|<3.dev0"),
        ("==1.1.*", ">=1.1.dev0|<1.2.dev0"),
        ("!=5", "!=5"),
        (">= 1.0, <2", ">=1.0|<2"),
    ],
)
def test_pypi(text: str, expected: str) -> None:
    assert VersionRange.from_native("PyPI", text).to_vers() == f"vers:pypi/{expected}"


@pytest.mark.parametrize(
    ("ecosystem", "text"),
    [
        ("npm", "latest"),
        ("npm", "^"),
        ("npm", "1.2.3.4"),
        ("RubyGems", "~> "),
        ("RubyGems", "==1.0"),
        ("PyPI", "~=1"),
        ("PyPI", "1.0"),
        ("PyPI", "==1.0rc1.*"),
        ("PyPI", ">=soon"),
        ("Go", ">=1.0"),
        ("npm", "1" * 4_001),
        ("npm", "1" * 4_000),
    ],
)
def test_what_is_no_range_there_is_refused(ecosystem: str, text: str) -> None:
    with pytest.raises(InvalidRangeError) as caught:
        VersionRange.from_native(ecosystem, text)
    assert caught.value.code == "kernel.invalid-range"


@given(st.sampled_from(tuple(ECOSYSTEMS.values())), st.text("0123456789.xX*^~<>=!|- ,abr", max_size=30))
def test_hostile_text_gives_the_one_error_or_a_range(ecosystem: str, text: str) -> None:
    with suppress(InvalidRangeError):
        found = VersionRange.from_native(ecosystem, text)
        assert VersionRange.from_vers(found.to_vers()).to_vers() == found.to_vers()
