"""Keys order as the ecosystems do: small tables here, the published suites, `packaging` as an oracle, and the laws."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from seawall.kernel.versions import (
    SUPPORTED,
    InvalidVersionError,
    UnsupportedEcosystemError,
    is_supported,
    ordering_of,
    version_key,
)
from seawall.kernel.versions.interface import HIGHEST, LOWEST, MAX_CHARACTERS
from seawall.kernel.versions.pypi import is_legacy

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SUITES = SHARED / "suites" / "versions"

_number = st.one_of(st.integers(0, 12), st.integers(0, 10**30)).map(str)
_padded = st.tuples(st.sampled_from(["", "", "", "0"]), _number).map("".join)
_release = st.lists(_padded, min_size=1, max_size=5).map(".".join)
_separator = st.sampled_from(["", ".", "-", "_"])
_optional_number = st.one_of(st.just(""), _number)
_word = st.sampled_from(["a", "ALPHA", "b", "beta", "c", "rc", "pre", "Preview"])
_local = st.lists(st.one_of(_padded, st.text("abz09", min_size=1, max_size=4)), min_size=1, max_size=3)


_READ_THERE = {("Red Hat", "1.٣"), ("generic", "1.0 0")}
"""What is no version elsewhere: rpm skips what is no ASCII letter or digit, and vendors separate by spaces."""


MEMBERS = (
    *("Alpine", "CRAN", "Debian", "Hackage", "Maven", "NuGet", "Packagist", "Pub", "PyPI", "Red Hat", "RubyGems"),
    *("generic", "npm"),
)
"""One ecosystem of each ordering, so that laws are not tried twelve times on the same code."""


def _maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), strategy)


@st.composite
def pep440(draw: st.DrawFn) -> str:
    text = "".join(
        (
            draw(st.sampled_from(["", "", "v", " "])),
            draw(_maybe(_number.map("{}!".format))),
            draw(_release),
            draw(_maybe(st.tuples(_separator, _word, _separator, _optional_number).map("".join))),
            draw(
                _maybe(
                    st.one_of(
                        _number.map("-{}".format),
                        st.tuples(_separator, st.sampled_from(["post", "rev", "r"]), _separator, _optional_number).map(
                            "".join
                        ),
                    )
                )
            ),
            draw(_maybe(st.tuples(_separator, st.just("dev"), _separator, _optional_number).map("".join))),
            draw(_maybe(_local.map(lambda parts: "+" + ".".join(parts)))),
        )
    )
    assume(len(text) <= MAX_CHARACTERS)
    return text


_identifier = st.one_of(_number, st.text("aZz-09", min_size=1, max_size=4))


@st.composite
def semver(
    draw: st.DrawFn, number: st.SearchStrategy[str] = _number, identifier: st.SearchStrategy[str] = _identifier
) -> str:
    core = ".".join(draw(st.lists(number, min_size=3, max_size=3)))
    pre = draw(_maybe(st.lists(identifier, min_size=1, max_size=4).map(lambda parts: "-" + ".".join(parts))))
    build = draw(_maybe(st.lists(_identifier, min_size=1, max_size=2).map(lambda parts: "+" + ".".join(parts))))
    text = draw(st.sampled_from(["", "", "v"])) + core + pre + build
    assume(len(text) <= MAX_CHARACTERS)
    return text


def semver_compare(left: str, right: str) -> int:
    """Section 11 of Semantic Versioning, told as slowly as it is written."""
    parts = []
    for text in (left, right):
        core, _, pre = text.removeprefix("v").partition("+")[0].partition("-")
        parts.append(([int(number) for number in core.split(".")], pre.split(".") if pre else []))
    (left_core, left_pre), (right_core, right_pre) = parts
    if left_core != right_core:
        return -1 if left_core < right_core else 1
    if not left_pre or not right_pre:
        return bool(right_pre) - bool(left_pre) if bool(left_pre) != bool(right_pre) else 0
    for one, other in zip(left_pre, right_pre, strict=False):
        if one.isdigit() and other.isdigit():
            if int(one) != int(other):
                return -1 if int(one) < int(other) else 1
        elif one.isdigit() != other.isdigit():
            return -1 if one.isdigit() else 1
        elif one != other:
            return -1 if one < other else 1
    return (len(left_pre) > len(right_pre)) - (len(left_pre) < len(right_pre))


def compare(left: bytes, right: bytes) -> int:
    return (left > right) - (left < right)


@given(pep440(), pep440())
def test_pypi_keys_compare_as_packaging_does(left: str, right: str) -> None:
    one, other = Version(left), Version(right)
    assert compare(version_key("PyPI", left), version_key("PyPI", right)) == (one > other) - (one < other)


@given(st.lists(pep440(), max_size=30))
def test_sorting_by_key_is_sorting_by_packaging(versions: list[str]) -> None:
    assert sorted(versions, key=lambda text: version_key("PyPI", text)) == sorted(versions, key=Version)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30))
def test_what_packaging_refuses_is_legacy_and_sorts_below_the_rest(text: str) -> None:
    key = version_key("PyPI", text)
    try:
        Version(text)
    except InvalidVersion:
        assert is_legacy(key)
        assert key < version_key("PyPI", "0.dev0")
    else:
        assert not is_legacy(key)


@given(semver(), semver())
def test_semver_keys_compare_as_the_standard_says(left: str, right: str) -> None:
    expected = semver_compare(left, right)
    for ecosystem in ("npm", "crates.io", "Go", "Hex"):
        assert compare(version_key(ecosystem, left), version_key(ecosystem, right)) == expected


@pytest.fixture(scope="session")
def npm_semver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """npm's own `semver`, installed from the registry."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("Node.js and npm, which install and run the oracle, are not here")
    folder = tmp_path_factory.mktemp("npm-semver")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "semver@7"]
    if subprocess.run(command, capture_output=True, timeout=120, check=False).returncode:
        pytest.skip("npm's semver cannot be installed: no registry")
    return folder / "node_modules" / "semver"


_small = st.one_of(st.integers(0, 12), st.integers(0, 2**53 - 1)).map(str)
_npm_semver = semver(_small, st.one_of(_small, st.text("aZz-", min_size=1, max_size=4), st.sampled_from(["a0", "-0"])))
"""npm refuses zeros in front, and numbers that JavaScript does not hold, which Seawall reads."""
_ASK_SEMVER = """
const semver = require(process.argv[1]), pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(pairs.map(([a, b]) => semver.compare(a, b))));
"""


@pytest.mark.registry
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(_npm_semver, _npm_semver), min_size=60, max_size=60))
def test_npm_keys_compare_as_npm_does(npm_semver: Path, pairs: list[tuple[str, str]]) -> None:
    command = ["node", "-e", _ASK_SEMVER, str(npm_semver)]
    asked = subprocess.run(command, input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert [compare(*(version_key("npm", text) for text in pair)) for pair in pairs] == json.loads(asked.stdout)


@given(semver(), semver())
def test_pub_orders_as_semver_and_then_by_build(left: str, right: str) -> None:
    expected = semver_compare(left, right)
    got = compare(version_key("Pub", left), version_key("Pub", right))
    if expected:
        assert got == expected
    else:
        build = [text.partition("+")[2] for text in (left, right)]
        as_prerelease = [f"1.0.0-{part}" if part else "0.0.0" for part in build]
        assert got == semver_compare(*as_prerelease)


_PIECES = "0 1 9 10 007 20261121 . - _ + ~ ^ : ! a Z v alpha beta RC pre dev post SP -r1 _git SNAPSHOT p"
_pieces = st.lists(st.sampled_from([*_PIECES.split(), "9" * 40, " "]), min_size=1, max_size=9).map("".join)
_dotted = st.lists(_number, min_size=1, max_size=4).map(".".join)
_anything = st.one_of(pep440(), semver(), _dotted, _pieces, st.text(max_size=12))


def keys_of(ecosystem: str, texts: list[str]) -> dict[str, bytes]:
    """The keys of those texts that are versions there."""
    keys = {}
    for text in texts:
        try:
            keys[text] = version_key(ecosystem, text)
        except InvalidVersionError:
            continue
    return keys


@pytest.mark.parametrize("ecosystem", MEMBERS)
@settings(max_examples=30)
@given(texts=st.lists(_anything, max_size=15))
def test_keys_leave_room_below_above_and_directly_behind(ecosystem: str, texts: list[str]) -> None:
    keys = sorted(set(keys_of(ecosystem, texts).values()))
    for key in keys:
        assert type(key) is bytes
        assert LOWEST < key < HIGHEST
        assert 0 not in key
    for lower, higher in pairwise(keys):
        assert lower < lower + b"\x00" < higher


@pytest.mark.parametrize("ecosystem", MEMBERS)
@settings(max_examples=30)
@given(texts=st.lists(_anything, max_size=15))
def test_a_key_depends_on_the_text_alone(ecosystem: str, texts: list[str]) -> None:
    """What was read before must not count, though parts are remembered; nor may the text's own limits raise."""
    first = keys_of(ecosystem, texts)
    assert keys_of(ecosystem, texts[::-1]) == first
    for text in first:
        assert len(text) <= MAX_CHARACTERS


@pytest.mark.parametrize("ecosystem", MEMBERS)
@given(left=_dotted, right=_dotted)
def test_releases_of_plain_numbers_ascend_everywhere(ecosystem: str, left: str, right: str) -> None:
    """`1.2.3` before `1.2.10` before `1.3.0` is common to all orders; shorter and padded numbers are not."""
    numbers = [[int(part) for part in text.split(".")][:3] for text in (left, right)]
    # Some bound what a number may be (Packagist, NuGet); none bounds it below 10,000.
    one, other = ([number % 10_000 for number in [*found, 1, 1][:3]] for found in numbers)
    texts = [".".join(map(str, found)) for found in (one, other)]
    keys = [version_key(ecosystem, text) for text in texts]
    assert compare(*keys) == (one > other) - (one < other)


_ASCENDING = {
    "PyPI": """
        0.9-eevee 0.9-fearow 0.dev0 0 0.0.1 1.0.dev1 1.0a1.dev1 1.0a1 1.0a2 1.0b1 1.0rc1.dev2 1.0rc1 1.0 1.0+abc
        1.0+abc.1 1.0+5 1.0.post0.dev1 1.0.post0 1.0.post1 1.0.0.1 1.1 1.9 1.10 10 2023.1 1!0.1
    """,
    "npm": """
        0.0.0-0 0.0.0 0.0.1 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11
        1.0.0-rc.1 1.0.0 1.0.10 1.2.0
    """,
    "Go": """
        v0.0.0-20190101000000-abcdefabcdef v0.0.0-20200101000000-abcdefabcdef 0.0.0 v1.9.0 v1.10.0
        v2.0.0+incompatible v2.0.1
    """,
    "Pub": "1.0.0-a 1.0.0-a+1 1.0.0 1.0.0+1 1.0.0+2 1.0.0+10 1.0.0+a 1.0.1",
}


@pytest.mark.parametrize(("ecosystem", "ascending"), _ASCENDING.items())
def test_a_known_order_is_strictly_ascending(ecosystem: str, ascending: str) -> None:
    versions = ascending.split()
    keys = [version_key(ecosystem, text) for text in versions]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("ecosystem", "left", "right"),
    [
        ("PyPI", "1.0", "1.0.0"),
        ("PyPI", "v1.0-RC.1", "1rc1"),
        ("PyPI", "1.0-1", "1.0.post1"),
        ("PyPI", "1.0+a-b_c", "1.0+A.b.c"),
        ("PyPI", "0!01.2", "1.2"),
        ("npm", "v1.2.3", "1.2.3+build.7"),
        ("Go", "1", "1.0.0"),
        ("Go", "v2.0.0+incompatible", "2.0.0"),
        ("Pub", "v1.2.3", "1.2.3"),
    ],
)
def test_two_spellings_of_one_version_have_one_key(ecosystem: str, left: str, right: str) -> None:
    assert version_key(ecosystem, left) == version_key(ecosystem, right)


@pytest.mark.parametrize("ecosystem", MEMBERS)
@pytest.mark.parametrize(
    "text", ["", " ", "1.0 0", "1.0\x00", "1.٣", "1." * MAX_CHARACTERS + "1", "9" * (MAX_CHARACTERS + 1)]
)
def test_text_that_is_no_version_is_refused_with_a_remedy(ecosystem: str, text: str) -> None:
    if (ecosystem, text) in _READ_THERE:
        assert version_key(ecosystem, text)
        return
    with pytest.raises(InvalidVersionError) as caught:
        version_key(ecosystem, text)
    assert caught.value.code == "kernel.invalid-version"
    assert "for example" in caught.value.remedy


@pytest.mark.parametrize("text", ["1.2.3.4", "latest", "1.0.0-", "1.0.0-a..b", "1.0.0+", "vv1.0.0", "-1.0.0", "1..0"])
def test_what_is_no_semantic_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionError):
        version_key("npm", text)


def test_the_longest_number_that_is_read_keeps_its_place() -> None:
    long = "9" * MAX_CHARACTERS
    assert version_key("PyPI", "9" * (MAX_CHARACTERS - 1)) < version_key("PyPI", long) < HIGHEST


@pytest.mark.parametrize("ecosystem", SUPPORTED)
def test_every_ecosystem_has_an_ordering_and_the_laws_are_tried_on_it(ecosystem: str) -> None:
    assert is_supported(ecosystem)
    assert ordering_of(ecosystem) in {ordering_of(member) for member in MEMBERS}
    assert version_key(ecosystem, "1.2.3") < version_key(ecosystem, "1.2.10")


def test_an_ecosystem_without_an_ordering_says_so() -> None:
    assert not is_supported("Conda")
    with pytest.raises(UnsupportedEcosystemError, match="Conda are not supported yet") as caught:
        version_key("Conda", "1.0")
    assert caught.value.code == "kernel.unsupported-ecosystem"
    assert "PyPI" in caught.value.remedy


def test_the_name_of_an_ecosystem_may_have_a_suffix_and_any_case() -> None:
    assert ordering_of("pypi:simple") is ordering_of("PyPI")


def _suite(ecosystem: str, *names: str) -> list[tuple[str, str, str, str]]:
    cases = []
    for name in names:
        path = SUITES / name
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if line and not line.startswith(("#", "//")):
                left, operator, right = line.split(" ")
                cases.append((ecosystem, left, operator, right))
    return cases


@pytest.mark.skipif(not SUITES.exists(), reason="the published suites are not here")
@pytest.mark.parametrize(
    ("ecosystem", "names", "at_least"),
    [
        ("PyPI", ("pypi-versions.txt", "pypi-versions-generated.txt"), 6_000),
        ("npm", ("semver-versions.txt",), 40),
        ("Pub", ("pub-versions.txt",), 40),
    ],
)
def test_the_published_suite_holds_whole(ecosystem: str, names: tuple[str, ...], at_least: int) -> None:
    cases = _suite(ecosystem, *names)
    assert len(cases) >= at_least
    wrong = [
        case
        for case in cases
        if compare(version_key(case[0], case[1]), version_key(case[0], case[3])) != "<=>".index(case[2]) - 1
    ]
    assert wrong == []


@given(st.lists(semver(), max_size=20))
def test_the_oracle_itself_is_an_order(versions: list[str]) -> None:
    """A comparison that is no order would make the differential tests worthless."""
    by_oracle = sorted(versions, key=cmp_to_key(semver_compare))
    assert all(semver_compare(one, other) <= 0 for one, other in pairwise(by_oracle))
