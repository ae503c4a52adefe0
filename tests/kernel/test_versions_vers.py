"""VERS: the project's own suite where it is present, the laws of writing and reading, and what is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import UnsupportedEcosystemError, VersionRange
from seawall.kernel.versions import vers as notation
from seawall.kernel.versions.spans import InvalidRangeError

SUITE = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared")) / "suites" / "vers"
UNIVERSE = ("0.0.1", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.5.0", "2.0.0-a", "2.0.0", "3.0.0")


def suite(*types: str) -> list[object]:
    return list(_tests(types))


def _tests(types: tuple[str, ...]) -> Iterator[object]:
    for path in sorted(SUITE.glob("*.json")):
        for number, test in enumerate(json.loads(path.read_text())["tests"]):
            if test["test_type"] in types:
                yield pytest.param(test, id=f"{path.stem}-{number}")


@pytest.mark.parametrize("test", suite("parse"))
def test_canonical_parse_of_the_suite(test: dict[str, object]) -> None:
    if test.get("expected_failure"):
        with pytest.raises(InvalidRangeError) as caught:
            notation.parse(str(test["input"]))
        assert caught.value.message == test["expected_message"]
    else:
        found = notation.parse(str(test["input"]))
        assert {
            "scheme": found.scheme,
            "version_constraints": [list(constraint) for constraint in found.constraints],
        } == test["expected_output"]
        assert str(found) == test["input"]


@pytest.mark.parametrize("test", suite("validate"))
def test_validation_of_the_suite(test: dict[str, object]) -> None:
    assert str(notation.parse_lenient(str(test["input"]))) == test["expected_output"]


@pytest.mark.parametrize("test", suite("containment"))
def test_containment_of_the_suite(test: dict[str, dict[str, str]]) -> None:
    found = VersionRange.from_vers(test["input"]["vers"])
    assert (found.contains(test["input"]["version"]) is not None) == test["expected_output"]


@pytest.mark.skipif(not SUITE.exists(), reason="the shared suites are not here")
def test_the_suite_is_all_there() -> None:
    counts = {name: len(suite(name)) for name in ("parse", "validate", "containment")}
    assert counts == {"parse": 12, "validate": 19, "containment": 11}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vers:npm/>=1.0.0| <2.0.0", "whitespace"),
        ("vers:npm/|1.0.0", "leading pipe"),
        ("vers:npm/1.0.0|", "trailing pipe"),
        ("vers:npm/1.0.0||2.0.0", "consecutive pipes"),
        ("vers:npm/2.0.0|1.0.0", "not sorted"),
        ("vers:npm/1.0.0|>1.0.0", "not unique"),
        ("vers:npm/1.0%2G0", "invalid percent-encoding"),
        ("vers:npm/1.0%2e0", "not canonical"),
        ("vers:npm/>=", "needs a version"),
        ("vers:npm/", "is written"),
        ("npm/>=1.0.0", "is written"),
    ],
)
def test_what_is_not_canonical_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(InvalidRangeError, match=message) as caught:
        notation.parse(text)
    assert caught.value.code == "kernel.invalid-range"
    assert caught.value.diagnostics().remedy


def test_versions_are_encoded_and_decoded_once() -> None:
    found = notation.parse("vers:generic/1.0%2B7|2:1.0")
    assert found.constraints == (("=", "1.0+7"), ("=", "2:1.0"))
    assert str(found) == "vers:generic/1.0%2B7|2:1.0"


COMPARATORS = ("=", "!=", "<", "<=", ">", ">=")
constraints = st.lists(st.tuples(st.sampled_from(COMPARATORS), st.sampled_from(UNIVERSE)), min_size=1, max_size=6)


def algorithm(given_constraints: list[tuple[str, str]], version: str) -> bool:
    """The specification's own steps, over positions in the universe."""
    place = UNIVERSE.index
    tested = place(version)
    ordered = sorted(given_constraints, key=lambda constraint: place(constraint[1]))
    if any(comparator == "!=" and place(bound) == tested for comparator, bound in ordered):
        return False
    if all(comparator == "!=" for comparator, _ in ordered):
        return True
    if any(comparator in {"=", "<=", ">="} and place(bound) == tested for comparator, bound in ordered):
        return True
    bounds = [(comparator, place(bound)) for comparator, bound in ordered if comparator not in {"=", "!="}]
    kept: list[tuple[str, int]] = []
    for comparator, bound in bounds:
        if kept and kept[-1][0][0] == comparator[0] == "<":
            kept[-1] = (comparator, bound)
        elif not (kept and kept[-1][0][0] == comparator[0] == ">"):
            kept.append((comparator, bound))
    if kept and kept[0][0][0] == "<" and tested < kept[0][1]:
        return True
    if kept and kept[-1][0][0] == ">" and tested > kept[-1][1]:
        return True
    return any(low[0][0] == ">" and high[0][0] == "<" and low[1] < tested < high[1] for low, high in pairwise(kept))


@given(constraints, st.sampled_from(UNIVERSE))
def test_containment_is_the_specifications_algorithm(some: list[tuple[str, str]], version: str) -> None:
    found = VersionRange.from_vers(str(notation.Vers("npm", tuple(some))))
    assert (found.contains(version) is not None) == algorithm(some, version)


@given(constraints)
def test_writing_and_reading_keeps_the_versions(some: list[tuple[str, str]]) -> None:
    first = VersionRange.from_vers(str(notation.Vers("npm", tuple(some))))
    written = first.to_vers()
    second = VersionRange.from_vers(written)
    for version in UNIVERSE:
        assert (first.contains(version) is None) == (second.contains(version) is None)
    assert second.to_vers() == written
    if not written.startswith("vers:none/"):
        assert str(notation.parse(written)) == written, "what is written is canonical"


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("vers:npm/<2.0.0|>=1.0.0", "vers:npm/>=1.0.0|<2.0.0"),
        ("vers:pypi/1.0|1.0.0|>=2", "vers:pypi/1.0|>=2"),
        ("vers:npm/>=1.0.0|!=1.5.0|<2.0.0", "vers:npm/>=1.0.0|!=1.5.0|<2.0.0"),
        ("vers:npm/!=1.5.0", "vers:npm/!=1.5.0"),
        ("vers:npm/<1.0.0|1.0.0", "vers:npm/<=1.0.0"),
        ("vers:npm/*", "vers:npm/*"),
        ("vers:all/*", "vers:generic/*"),
        ("vers:none/*", "vers:none/*"),
        ("vers:npm/ >=1.0.0 | <2.0.0 |", "vers:npm/>=1.0.0|<2.0.0"),
    ],
)
def test_what_is_read_is_written_in_canonical_form(read: str, written: str) -> None:
    assert VersionRange.from_vers(read).to_vers() == written


def test_from_osv_to_vers() -> None:
    events = [("introduced", "0"), ("fixed", "1.2"), ("introduced", "2.0"), ("last_affected", "2.4")]
    found = VersionRange.from_osv("PyPI", [events], ["1.5", "2004d-final", "0.9"])
    assert found.to_vers() == "vers:pypi/<1.2|1.5|>=2.0|<=2.4"
    assert VersionRange.from_vers(found.to_vers()).contains("2.4") is not None
    assert VersionRange.from_vers(found.to_vers()).contains("2.5") is None


def test_a_bound_that_is_no_version_sorts_above_everything_and_is_named() -> None:
    found = VersionRange.from_vers("vers:npm/>=1.0.0|<soon")
    assert found.contains("99.0.0") is not None
    assert found.contains("0.9.0") is None
    assert found.problems == ("<soon",)


def test_a_scheme_without_an_ordering_decides_only_what_needs_none() -> None:
    assert VersionRange.from_vers("vers:ebuild/*").contains("anything") is not None
    assert VersionRange.from_vers("vers:ebuild/1.0|2.0").contains("2.0") is not None
    assert VersionRange.from_vers("vers:ebuild/1.0|2.0").to_vers() == "vers:ebuild/1.0|2.0"
    bounded = VersionRange.from_vers("vers:ebuild/>=1.0|<2.0")
    with pytest.raises(UnsupportedEcosystemError):
        bounded.contains("1.5")
    with pytest.raises(UnsupportedEcosystemError):
        bounded.to_vers()


@given(st.text(max_size=60))
def test_hostile_text_gives_the_one_error_or_a_range(text: str) -> None:
    for tried in (text, f"vers:npm/{text}", f"vers:{text}/1.0"):
        with suppress(InvalidRangeError):
            VersionRange.from_vers(tried)


def test_ecosystems_and_schemes_meet() -> None:
    for ecosystem, scheme in (("Debian:12", "deb"), ("Ubuntu", "deb"), ("Wolfi", "alpine"), ("RubyGems", "gem")):
        assert notation.scheme_of(ecosystem) == scheme
    assert notation.Vers("golang", ()).ecosystem == "Go"
