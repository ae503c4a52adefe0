"""Debian's order: a table, the published suite, what dpkg accepts, and dpkg itself on generated versions."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.kernel.versions import InvalidVersionError, version_key

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SUITE = [
    line
    for name in ("debian-versions.txt", "debian-versions-generated.txt")
    if (path := SHARED / "suites" / "versions" / name).exists()
    for line in path.read_text(encoding="utf-8").splitlines()
]
needs_dpkg = pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg, the oracle, is not installed")

_words = st.text("019abzAZ+.~", max_size=6)
_number = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["00", "007", "20261121", "9" * 30]))
_upstream = st.lists(
    st.tuples(_number, st.sampled_from([".", "~", "+", "-", "", ".a", "~~", "a", "Z", "+-"])), min_size=1, max_size=5
)


@st.composite
def debian_versions(draw: st.DrawFn) -> str:
    epoch = draw(st.sampled_from(["", "", "", "0:", "1:", "01:", "2147483647:"]))
    upstream = "".join(number + word for number, word in draw(_upstream)) + draw(_words)
    revision = draw(st.one_of(st.just(""), st.text("019abzAZ+.~", min_size=1, max_size=6).map("-{}".format)))
    if revision == "" and upstream.endswith("-"):
        upstream += "1"
    return epoch + upstream + revision


def compare(left: str, right: str) -> int:
    one, other = version_key("Debian", left), version_key("Debian", right)
    return (one > other) - (one < other)


def is_accepted(text: str) -> bool:
    try:
        version_key("Debian", text)
    except InvalidVersionError:
        return False
    return True


_COMPARE = """
while IFS="\t" read -r left right; do
    if dpkg --compare-versions "$left" lt "$right"; then echo -1
    elif dpkg --compare-versions "$left" gt "$right"; then echo 1
    elif dpkg --compare-versions "$left" eq "$right"; then echo 0
    else echo refused; fi
done
"""
_VALIDATE = 'while IFS= read -r text; do if dpkg --validate-version "$text"; then echo 1; else echo 0; fi; done'


def asked(script: str, lines: list[str]) -> list[str]:
    """One shell asks dpkg about every line; its warnings do not matter."""
    given_lines = "".join(f"{line}\n" for line in lines)
    result = subprocess.run(["sh", "-c", script], input=given_lines, capture_output=True, text=True, check=True)
    return result.stdout.split()


@needs_dpkg
@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(debian_versions(), debian_versions()), min_size=60, max_size=60))
def test_keys_compare_as_dpkg_does(pairs: list[tuple[str, str]]) -> None:
    expected = [int(answer) for answer in asked(_COMPARE, ["\t".join(pair) for pair in pairs])]
    assert [compare(*pair) for pair in pairs] == expected


@needs_dpkg
@settings(max_examples=4, deadline=None)
@given(st.lists(debian_versions(), min_size=40, max_size=40))
def test_near_neighbours_compare_as_dpkg_does(versions: list[str]) -> None:
    """Pairs that differ in one place only, which independent draws hardly ever give."""
    pairs = [pair for text in versions for pair in ((text, f"{text}~"), (text, f"{text}0"), (text, f"{text}+b1"))]
    expected = [int(answer) for answer in asked(_COMPARE, ["\t".join(pair) for pair in pairs])]
    assert [compare(*pair) for pair in pairs] == expected


@needs_dpkg
@settings(max_examples=4, deadline=None)
@given(
    st.lists(
        st.text("019aZ.+~:-_ é", min_size=1, max_size=10).filter(
            # Options of dpkg, signs before an epoch (see the module), and white space that the shell's `read` eats.
            lambda text: text.strip() == text and text[0] not in "-+"
        ),
        min_size=100,
        max_size=100,
    )
)
def test_what_dpkg_refuses_is_refused(texts: list[str]) -> None:
    assert [is_accepted(text) for text in texts] == [answer == "1" for answer in asked(_VALIDATE, texts)]


def test_a_known_order_is_strictly_ascending() -> None:
    ascending = (
        "0~~ 0~~a 0~ 0~a 0 0-0.1 0-1~deb7u1 0-1 0-1+deb12u1 0-1.1 0-a 0a 0+ 0-1-1 0.~ 0.1 1.0~rc1-1 1.0-1 1.0-1ubuntu1 "
        "1.0-1ubuntu1.1 1.0-2 1.0+dfsg-1 1.0.1 1.9 1.10 20240101 1:0 2:0-1"
    )
    versions = ascending.split()
    keys = [version_key("Debian", text) for text in versions]
    assert [pair for pair, (low, high) in zip(pairwise(versions), pairwise(keys), strict=True) if low >= high] == []


@pytest.mark.parametrize(
    ("left", "right"),
    [("1.0", "0:1.0-0"), ("1.0-00", "1.0"), ("1.0a", "1.0a0"), ("1.", "1.0"), ("1-1.", "1-1.0"), (" 1.0\n", "01.00")],
)
def test_two_spellings_of_one_version_have_one_key(left: str, right: str) -> None:
    assert version_key("Debian", left) == version_key("Debian", right)


@pytest.mark.parametrize(
    "text",
    ["", "a1", ".1", "1_0", "1.0-", ":1", "1:", "a:1", "1.0-1:2", "1.0 1", "2147483648:1", "1.0-1_2", "1.é", "-1"],
)
def test_a_text_that_dpkg_would_not_install_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionError, match="Debian Policy"):
        version_key("Debian", text)


def test_ubuntu_orders_as_debian() -> None:
    assert version_key("Ubuntu:22.04:LTS", "1:2.3-1ubuntu0.1") == version_key("Debian:12", "1:2.3-1ubuntu0.1")


@pytest.mark.skipif(not SUITE, reason="the published suites are not here")
def test_the_published_suite_holds_whole() -> None:
    cases = [line.split(" ") for line in SUITE if line and not line.startswith(("#", "//"))]
    assert len(cases) >= 7_000
    assert [case for case in cases if compare(case[0], case[2]) != "<=>".index(case[1]) - 1] == []
