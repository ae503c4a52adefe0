"""The order of vendors' versions: the rules of its docstring, one by one, and real versions from advisories."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import InvalidVersionError, VersionRange, version_key
from seawall.kernel.versions.unsure import unsure

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
CSAF = SHARED / "data" / "csaf" / "cisa.ndjson.zst"

_mark = st.sampled_from(["rc", "beta", " Build ", " HF", "_Patch0", " Update ", " SP", "a", "T", "."])
_version = st.lists(st.tuples(st.integers(0, 20).map(str), _mark), min_size=1, max_size=5).map(
    lambda parts: "".join(number + mark for number, mark in parts) + "1"
)


def key(text: str) -> bytes:
    return version_key("generic", text)


def is_unsure(version: bytes, bound: bytes) -> bool:
    return any(low <= bound < high for low, high in unsure(version))


@pytest.mark.parametrize(
    "ascending",
    [
        "3.2 dev|3.2 alpha 1|3.2-beta2|V3.2 Beta 4|3.2 preview|3.2-RC1|3.2 release candidate 2|3.2|3.2 Build 5|3.2 HF1",
        "3.2|3.2 Hotfix 2|3.2 Patch 1|3.2 Update 1|3.2 SP1|3.2 SP1 HF2|3.2 SP1 Update 1|V3.2 Service Pack 2|3.2a|3.2.1",
        "12.4(5)|12.4(5)T|12.4(6)|15.1(4)M7|15.2(5)EA.fc4|15.2(6)E2a",
        "R2022b|R2023a|R2023a Update 3|R2023b|R2024a",
        "2.0.0.1233|2.0.0.1234|2.0.0.1234a|2.0.1",
        "Build 76|Build 77|Build 100",
        "1.0.2|1.0.2a|1.0.2k|1.0.2.1|1.1",
        "V7.5_SP2_Update_15|V7.5 SP2 Update 17|V7.5 SP3|V8.0_Update_5",
        "V5.2 SP 3 HF 12|V5.2 SP3 HF13|V5.3",
        "C.01|C.02|C.10",
        "V16|V16 Update 1|V16 Update 5|V17",
        "2020 R1|2020_R2|2020_R2_Update_15|2021 R1",
        "VMS560 Build 594 T1|VMS560 Build 595 T2-Patch",
        "J|K|Rev. L",
        "2023-04-20|April/21/2023|2023-05-01|Jan 1, 2024",
        "X8.5.1|X8.11.4|X12.5.2",
    ],
)
def test_what_a_vendor_ships_later_is_above(ascending: str) -> None:
    versions = ascending.split("|")
    keys = [key(text) for text in versions]
    assert [pair for pair, (low, high) in zip(pairwise(versions), pairwise(keys), strict=True) if low >= high] == []


@pytest.mark.parametrize(
    "same",
    [
        "3.2|V3.2|v3.2|ver. 3.2|Version 3.2|Release 3.2|Firmware Version V3.2|3.2.0|03.2 (GA)|3-2",
        "3.2 SP1|V3.2.0 sp 1|3.2_SP1|3.2 Service Pack 1|3.2 ServicePack1",
        "R2023a Update 3|2023a upd3",
        "Build 77|build 77|bld. 77",
        "Rev. K|revision k|K",
        "2023-04-20|2023/4/20|April/20/2023|Apr 20, 2023|20 April 2023|20-Apr-2023",
        "12.4(5)T|12.4.5-t",
        "1.0 RC 2|1.0-rc.2|1.0 Release Candidate 2",
        "0|0.0.0|V0.0",
        "1.5 HF1|1.5 Hotfix 1|1.5 hot-fix 1",
    ],
)
def test_spellings_that_mean_one_version_have_one_key(same: str) -> None:
    assert len({key(text) for text in same.split("|")}) == 1


_REFUSED = (
    " ;latest;All versions;*;-;N/A;5.x;1.2.*;V3.X.14;<= 2;>3;1.0, 1.1;3.1 | 3.2;3.1 and later;1.0 to 2.0;prior to 3;"
    "2.0 (formerly known as Y);V;X;April/0/2023;13/May/23;RLC-4XX series;CODESYS Control 3;SIMATIC 7;1.٣;1.0\x00;é1;"
    "V33.017_V34.014_V35.013;1.0 for Windows;a b 1"
)


@pytest.mark.parametrize("text", ["", *_REFUSED.split(";")])
def test_what_has_no_certain_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionError, match="vendors' versions"):
        key(text)


@given(_version)
def test_case_and_the_word_for_version_do_not_count(text: str) -> None:
    assert key(text) == key(text.upper()) == key(text.lower()) == key(f"V{text}") == key(f" version {text} ")


@given(_version)
def test_marks_stand_on_their_side_of_the_release(text: str) -> None:
    before = [key(f"{text}{mark}") for mark in (" dev", " alpha 9", " beta 9", "-pre9", "rc9")]
    after = [key(f"{text}{mark}") for mark in (" build 1", " HF1", " patch 1", " update 1", " SP1", "k", ".1")]
    assert before == sorted(before)
    assert after == sorted(after)
    assert before[-1] < key(text) < after[0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), st.lists(st.integers(0, 30), min_size=1, max_size=5))
def test_plain_numbers_compare_as_their_lists(left: list[int], right: list[int]) -> None:
    one, other = (key(".".join(map(str, numbers))) for numbers in (left, right))
    while left and left[-1] == 0:
        left.pop()
    while right and right[-1] == 0:
        right.pop()
    assert (one > other) - (one < other) == (left > right) - (left < right)


@pytest.mark.skipif(not CSAF.exists(), reason="the published advisories are not here")
def test_most_versions_of_real_advisories_have_a_place() -> None:
    zstandard = pytest.importorskip("zstandard")
    import json  # noqa: PLC0415 - only this test reads the advisories

    names: set[str] = set()

    def collect(branches: list[dict[str, object]]) -> None:
        for branch in branches:
            if branch.get("category") == "product_version":
                names.add(str(branch["name"]))
            below = branch.get("branches", [])
            assert isinstance(below, list)
            collect(below)

    with CSAF.open("rb") as file:
        for line in zstandard.ZstdDecompressor().stream_reader(file).read().splitlines():
            collect(json.loads(line).get("product_tree", {}).get("branches", []))
    refused = []
    for name in names:
        try:
            assert b"" < key(name) < b"\xff"
        except InvalidVersionError:
            refused.append(name)
    plain = [name for name in refused if name.removeprefix("V").removeprefix("v").replace(".", "").isdigit()]
    assert plain == []
    assert len(refused) < len(names) / 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("17.02", "S17.02"),
        ("2.10", "M2.1.6.05"),
        ("S17.02", "C.02"),
        ("3.2.1", "Build 77"),
        ("16.0.5", "V16 Update 5"),
        ("3.0.1", "3.0 SP1"),
        ("2020.1", "2020 R1"),
        ("1.2", "K"),
        ("C.02", "K"),
        ("2023.4.20", "2023-04-20"),
        ("20230420", "April/20/2023"),
        ("2.0", "beta 3"),
    ],
)
def test_what_is_written_differently_is_a_doubt_both_ways(one: str, other: str) -> None:
    for version, bound in ((one, other), (other, one)):
        for text in (f"< {bound}", f"<= {bound}", f">= {bound}", f"> {bound}", bound):
            range_ = VersionRange.from_text("generic", text)
            assert range_.contains(version) is None, text
            assert "written differently" in range_.doubt(version)
    assert VersionRange.from_text("generic", "vers:all/*").contains(one)


@pytest.mark.parametrize(
    ("bound", "below", "above"),
    [
        ("FW2.10", "2.9", "Firmware 2.11"),
        ("V2.10", "Version 2.9", "2.10.1"),
        ("R2023a", "2022b", "2023b"),
        ("S17.02", "S17.01", "S17.02.1"),
        ("Build 77", "Build 76", "build 78"),
        ("V16 Update 5", "V16", "17.0.1"),
        ("V16 Update 5", "15.1.0.9", "V16 Update 5.1"),
        ("3.2", "3.2 rc1", "3.2 SP1"),
        ("3.2.1", "3.2 rc1", "3.2.1 SP1"),
        ("K", "Rev. J", "L"),
        ("2023-04-20", "April/13/2023", "2023-05-01"),
    ],
)
def test_prefixes_that_say_version_and_equal_shapes_decide(bound: str, below: str, above: str) -> None:
    range_ = VersionRange.from_text("generic", f"< {bound}")
    assert range_.contains(below) is not None
    assert range_.contains(above) is None
    assert range_.contains(bound) is None
    assert not range_.doubt(above)
    assert not range_.doubt(bound)


def test_a_bound_that_surely_excludes_decides_whatever_the_other_one_is() -> None:
    range_ = VersionRange.from_text("generic", ">= 17.0 | < 17 Update 6")
    assert range_.contains("16.0.5") is None
    assert not range_.doubt("16.0.5")
    assert range_.doubt("17.0.5")


@given(_version, _version)
def test_guessing_is_symmetric_and_never_about_a_version_itself(left: str, right: str) -> None:
    one, other = key(left), key(right)
    assert is_unsure(one, other) == is_unsure(other, one)
    assert not is_unsure(one, one)
    assert not is_unsure(one, one + b"\x00")


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), st.lists(st.integers(0, 30), min_size=1, max_size=5))
def test_plain_numbers_are_never_guessed(left: list[int], right: list[int]) -> None:
    one, other = (key(".".join(map(str, numbers))) for numbers in (left, right))
    assert not is_unsure(one, other)
