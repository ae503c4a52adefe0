"""RPM's order: a table, the published suite, and rpm itself on generated versions, one process for many pairs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.kernel.versions import InvalidVersionError, version_key
from seawall.kernel.versions.interface import MAX_CHARACTERS

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SUITE = SHARED / "suites" / "versions" / "redhat-versions.txt"
needs_rpm = pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm, the oracle, is not installed")

_part = st.one_of(
    st.sampled_from(["~", "^", ".", "_", "+", "a", "Z", "rc", "el", "git", "é", "-", ":"]),
    st.sampled_from(["0", "00", "1", "01", "9", "10", "20261121", "9" * 40]),
)
_text = st.lists(_part, min_size=1, max_size=7).map("".join)


_epoch = st.sampled_from(["", "", "", "0:", "1:", "01:", "12:"])
_release = st.one_of(st.just(""), _text.map("-{}".format))


def has_version(text: str) -> bool:
    """No package is without a version, whatever its epoch and release; Seawall refuses such text."""
    head, colon, rest = text.partition(":")
    body = rest if colon and not head.strip("0123456789") else text
    return bool(body.rpartition("-")[0] if "-" in body else body)


def is_read(text: str) -> bool:
    """Longer ones are refused; two characters are left for what tests put behind."""
    return len(text) <= MAX_CHARACTERS - 2


def rpm_versions() -> st.SearchStrategy[str]:
    return st.tuples(_epoch, _text, _release).map("".join).filter(has_version).filter(is_read)


def compare(left: str, right: str) -> int:
    one, other = version_key("Red Hat", left), version_key("Red Hat", right)
    return (one > other) - (one < other)


def vercmp(pairs: list[tuple[str, str]]) -> list[int]:
    """Ask rpm's Lua interpreter about every pair at once."""
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder, "pairs"), Path(folder, "ask.lua")
        listed.write_text("".join(f"{left}\t{right}\n" for left, right in pairs), encoding="utf-8")
        script.write_text(
            f'for line in io.lines("{listed}") do\n'
            '  local left, right = line:match("^(.-)\\t(.*)$")\n'
            '  print(rpm.vercmp(left, right) .. "\\n")\n'
            "end\n",
            encoding="utf-8",
        )
        asked = subprocess.run(
            ["rpm", "--eval", f'%{{lua: dofile("{script}")}}'], capture_output=True, text=True, check=True
        )
    return [int(answer) for answer in asked.stdout.split()]


@needs_rpm
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(rpm_versions(), rpm_versions()), min_size=50, max_size=50))
def test_keys_compare_as_rpm_does(pairs: list[tuple[str, str]]) -> None:
    assert [compare(*pair) for pair in pairs] == vercmp(pairs)


@needs_rpm
@settings(max_examples=10, deadline=None)
@given(st.lists(rpm_versions(), min_size=40, max_size=40))
def test_near_neighbours_compare_as_rpm_does(versions: list[str]) -> None:
    """Pairs that differ in one place only, which independent draws hardly ever give."""
    pairs = [(text, text + end) for text in versions for end in ("~", "^", ".", "0", "a", "-1", "-")]
    assert [compare(*pair) for pair in pairs] == vercmp(pairs)


def test_a_known_order_is_strictly_ascending() -> None:
    ascending = (
        "1.0~~ 1.0~rc1 1.0~rc1-1 1.0~rc1^git1 1.0~rc2 1.0 1.0- 1.0-0 1.0-1~beta 1.0-1 1.0-1.el9 1.0-1.el9_2 1.0-1.1 "
        "1.0-2 1.0^git1 1.0a 1.0b 1.0.1 1.9 1.10 1:0"
    )
    versions = ascending.split()
    keys = [version_key("Fedora", text) for text in versions]
    assert [pair for pair, (low, high) in zip(pairwise(versions), pairwise(keys), strict=True) if low >= high] == []


@pytest.mark.parametrize(
    ("left", "right"), [("2_0", "2.0"), ("1.", "1"), ("0:1-1", "1-1"), (":1", "1"), ("1.é", "1"), ("01.002", "1.2")]
)
def test_two_spellings_of_one_version_have_one_key(left: str, right: str) -> None:
    assert version_key("Red Hat", left) == version_key("Red Hat", right)


@pytest.mark.parametrize("text", ["", "1:", "-1", "1:-1", "1 0", "1\t", "1\x7f", "1\u2003", "1" * (MAX_CHARACTERS + 1)])
def test_what_can_be_no_version_of_a_package_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionError, match="RPM"):
        version_key("SUSE", text)


@pytest.mark.skipif(not SUITE.exists(), reason="the published suites are not here")
def test_the_published_suite_holds_whole() -> None:
    cases = [line.split(" ") for line in SUITE.read_text(encoding="utf-8").splitlines() if line]
    assert len(cases) >= 80
    assert [case for case in cases if compare(case[0], case[2]) != "<=>".index(case[1]) - 1] == []
