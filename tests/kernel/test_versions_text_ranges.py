"""Text about versions as product trees hold it: what is read, and what is never guessed."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import UnsupportedEcosystemError, VersionRange
from seawall.kernel.versions.text_grammar import MAX_CHARACTERS

DATA = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "csaf"


def words(text: str) -> list[str]:
    found = VersionRange.from_text("generic", text)
    assert found.problems == ()
    assert found.unknown == ()
    return [*(span.words for span in found.spans), *found.versions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<V3.2 SP1", ["below V3.2 SP1"]),
        ("< V4.1.3", ["below V4.1.3"]),
        ("<= 4.10", ["up to and including 4.10"]),
        ("≤ 4.10", ["up to and including 4.10"]),
        ("=< 4.10", ["up to and including 4.10"]),
        (">= 2.10", ["from 2.10 on, no fix known"]),
        ("> 2.10", ["above 2.10 on, no fix known"]),
        (">=1.0|<2.0", ["from 1.0 and below 2.0"]),
        (">= 8.0.0 | <= 8.5.1", ["from 8.0.0 and up to and including 8.5.1"]),
        (">=V7.80<V9.40", ["from V7.80 and below V9.40"]),
        (">= 1.2, < 1.4, >= 2.0, < 2.2", ["from 1.2 and below 1.4", "from 2.0 and below 2.2"]),
        ("< 1.4, >= 2.0, < 2.2", ["below 1.4", "from 2.0 and below 2.2"]),
        ("<2.0, >=1.0", ["from 1.0 and below 2.0"]),
        ("<=2.22 | <=1.01", ["up to and including 2.22"]),
        ("All versions", ["every version, no fix known"]),
        ("all", ["every version, no fix known"]),
        ("*", ["every version, no fix known"]),
        ("vers:all/*", ["every version, no fix known"]),
        ("vers:all/<V4.4", ["below V4.4"]),
        ("vers:all/>=V2.9.2<V2.9.4", ["from V2.9.2 and below V2.9.4"]),
        ("vers:intdot/>=1.2|<1.4", ["from 1.2 and below 1.4"]),
        ("vers:generic/1.0%2B7", ["1.0+7"]),
        ("All versions < V5.3", ["below V5.3"]),
        ("All firmware versions before V6.00.320", ["below V6.00.320"]),
        ("prior to V8.0", ["below V8.0"]),
        ("versions prior to 8.0", ["below 8.0"]),
        ("earlier than 8.0", ["below 8.0"]),
        ("Version 3.1 and earlier", ["up to and including 3.1"]),
        ("3.1 and all prior versions", ["up to and including 3.1"]),
        ("3.1 (and earlier)", ["up to and including 3.1"]),
        ("3.1 or lower", ["up to and including 3.1"]),
        ("up to and including 3.1", ["up to and including 3.1"]),
        ("up to 3.1", ["up to and including 3.1"]),
        ("through 3.1", ["up to and including 3.1"]),
        ("3.1 and later", ["from 3.1 on, no fix known"]),
        ("3.1+", ["from 3.1 on, no fix known"]),
        ("1.0 - 2.4", ["from 1.0 and up to and including 2.4"]),
        ("1.0 to 2.4", ["from 1.0 and up to and including 2.4"]),
        ("from 1.0 through 2.4", ["from 1.0 and up to and including 2.4"]),
        ("from 1.0 before 2.4", ["from 1.0 and below 2.4"]),
        ("between V3.0 (including) and V3.0.2 (excluding)", ["from V3.0 and below V3.0.2"]),
        ("0 <= 5.4", ["from 0 and up to and including 5.4"]),
        ("1.x", ["from 1 and up to and including 1.x"]),
        ("4.1.*", ["from 4.1 and up to and including 4.1.x"]),
        ("3.7 series", ["from 3.7 and up to and including 3.7.x"]),
        ("< 5.x", ["below 5"]),
        ("1.0 | 1.2 | 1.4", ["1.0", "1.2", "1.4"]),
        ("1.0, 1.2 and 1.4", ["1.0", "1.2", "1.4"]),
        ("V2.1", ["V2.1"]),
        ("= 0.21.0", ["0.21.0"]),
        ("12.2\\(18\\)SXD7", ["12.2(18)SXD7"]),
        ("all versions except 2.3", ["below 2.3 (unaffected)", "above 2.3 on, no fix known"]),
        ("<V17_Update_8", ["below V17_Update_8"]),
        ("< PI Vision 2020", ["below 2020"]),
        ("<CPCI85 V05", ["below V05"]),
        ("stable: < 3.3.1", ["below 3.3.1"]),
    ],
)
def test_what_people_write_is_read(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("< V10.4.1 only if web components are used", "below V10.4.1; only if web components are used"),
        ("All versions with U-Boot < V2016.05RS09", "every version, no fix known; with U-Boot < V2016.05RS09"),
        ("< 7.101 (only Windows)", "below 7.101; only Windows"),
        ("<=B13__without_Special_Patch_installed", "up to and including B13; without Special Patch installed"),
    ],
)
def test_a_condition_is_told_and_never_evaluated(text: str, expected: str) -> None:
    assert words(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n/a",
        "unspecified",
        "see advisory",
        "<=the_first_5_digits_of_serial_number_22081",
        '<=The_first_5_digits_of_serial_No._"26041"',
        "<=production_date_December_2020",
        "<with_Palo_Alto_Networks_Virtual_NGFW_V11.0.1",
        "< V3.X.14",
        "NVR4XXX",
        ">=4.6|<4.3",
        "<=d78dda6",
        "<= ",
        "CODESYS Gateway V3",
        "Windows 10 Professional",
        "Versions before 3.2 are not affected",
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_what_cannot_be_read_is_undecided_and_never_not_affected(text: str) -> None:
    found = VersionRange.from_text("generic", text)
    assert found.spans == ()
    assert found.problems
    assert found.doubt("1.0")


def test_the_readable_part_of_a_text_counts_and_the_rest_is_undecided() -> None:
    found = VersionRange.from_text("generic", ">= 5.0.0 | CVE-2019-18340")
    assert found.contains("5.1") is not None
    assert found.contains("4.9") is None
    assert found.doubt("4.9")


def test_a_clause_that_goes_on_to_other_versions_leaves_them_undecided() -> None:
    found = VersionRange.from_text("generic", "12.1.0 in Android 12, 13.1.2 in Android 13, and 14.0.1 in Android 14")
    assert found.contains("12.1.0") is not None
    assert found.doubt("13.1.2")


def test_a_product_name_is_listed_as_text_and_still_undecided() -> None:
    found = VersionRange.from_text("generic", "CODESYS Gateway V3")
    assert found.contains("CODESYS Gateway V3") is not None
    assert found.doubt("3.5.19")


def test_a_name_of_a_commit_is_kept_as_one() -> None:
    found = VersionRange.from_text("generic", "<= 5823dc1fbc95d092e02519c069c4fd1111abcdef")
    assert found.commits[0].listed == ("5823dc1fbc95d092e02519c069c4fd1111abcdef",)
    assert found.needs_commit


def test_the_first_release_outside_is_named() -> None:
    match = VersionRange.from_text("generic", "<V3.2 SP1").contains("V3.2")
    assert match is not None
    assert match.fixed == "V3.2 SP1"
    closed = VersionRange.from_text("generic", "<=V3.2").contains("V3.2")
    assert closed is not None
    assert closed.fixed == ""


def test_the_ecosystems_own_order_is_used() -> None:
    assert VersionRange.from_text("npm", "< 1.0.0").contains("1.0.0-rc.1") is not None
    assert VersionRange.from_text("PyPI", ">= 1.0").contains("1!0.1") is not None


def test_without_an_ordering_only_what_needs_none_is_decided() -> None:
    assert VersionRange.from_text("VSCode", "vers:all/*").contains("x") is not None
    assert VersionRange.from_text("VSCode", "1.0 | 2.0").contains("2.0") is not None
    with pytest.raises(UnsupportedEcosystemError):
        VersionRange.from_text("VSCode", "< 2.0").contains("1.0")


_PIECES = "<|<=|>=|>|=|,| |and|or|earlier|later|prior to|up to|through|-|to|between|1.0|V2.3|4.x|*|(|)|only|n/a|SP1"
_pieces = st.sampled_from((*_PIECES.split("|"), "|", "5a", "vers:all/", "%20", "!", "not affected", "all versions"))


@given(st.lists(_pieces, max_size=12).map(" ".join) | st.text(max_size=80))
def test_any_text_is_read_or_undecided(text: str) -> None:
    found = VersionRange.from_text("generic", text)
    assert found.spans or found.versions or found.unknown, "no text means that nothing is affected"
    assert bool(found.unknown) == bool(found.problems)
    for span in found.spans:
        assert span.high is None or span.low < span.high


@given(
    st.sampled_from(("1.0", "1.5", "2.0")),
    st.sampled_from(("2.5", "3.0", "4.1")),
    st.sampled_from(("0.9", "1.0", "2.2", "3.0", "9")),
)
def test_spellings_of_one_stretch_hold_the_same_versions(low: str, high: str, tested: str) -> None:
    spellings = (
        f">={low}|<={high}",
        f"{low} - {high}",
        f"from {low} to {high}",
        f"<= {high} >= {low}",
        f"between {low} and {high}",
        f"vers:generic/>={low}|<={high}",
        f"{low} through {high} (inclusive)",
    )
    answers = {VersionRange.from_text("generic", text).contains(tested) is not None for text in spellings}
    assert len(answers) == 1


@pytest.mark.parametrize(
    "piece",
    ["a ", "(", "between ", "1.", "all ", "v", "the ", "x.", "aaaa_", " ", "1.x : ", "and ", "1a", "a1-", "(a) "],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    started = time.process_time()
    for end in ("", "!", "_", "é"):  # an end that does not fit is what makes a careless pattern try every way
        text = (piece * MAX_CHARACTERS)[: MAX_CHARACTERS - 1] + end
        VersionRange.from_text("generic", text)
    assert time.process_time() - started < 3, "seconds"


def _texts(category: str) -> Iterator[str]:
    import zstandard  # noqa: PLC0415 - only where the shared data is

    def walk(branches: list[dict[str, object]]) -> Iterator[str]:
        for branch in branches:
            if branch.get("category") == category:
                yield str(branch["name"])
            children = branch.get("branches", [])
            assert isinstance(children, list)
            yield from walk(children)

    with (DATA / "cisa.ndjson.zst").open("rb") as file:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8"):
            yield from walk(json.loads(line).get("product_tree", {}).get("branches", []))


@pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")
def test_real_product_trees_are_read() -> None:
    texts = list(_texts("product_version_range"))
    distinct = dict.fromkeys(texts)
    unread = {text for text in distinct if VersionRange.from_text("generic", text).problems}
    assert len(distinct) > 2_000
    assert len(unread) / len(distinct) < 0.04
    assert sum(text in unread for text in texts) / len(texts) < 0.03
