"""CVE records' `versions`: the schema's algorithm, and what publishers write instead."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.versions import UnsupportedEcosystemError, VersionRange
from seawall.kernel.versions.cve_ranges import ordering_named

DATA = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "cve"
UNIVERSE = ("0.0.1", "1.0.0", "1.0.1", "1.5.0", "2.0.0", "3.0.0")
STATUSES = ("affected", "unaffected", "unknown")

_version = st.sampled_from(UNIVERSE)
_status = st.sampled_from(STATUSES)
_single = st.fixed_dictionaries({"version": _version, "status": _status})
_change = st.fixed_dictionaries({"at": _version, "status": _status})


@st.composite
def _ranged(draw: st.DrawFn) -> dict[str, object]:
    low, high = draw(st.sampled_from(("0", *UNIVERSE))), draw(st.sampled_from(("*", *UNIVERSE)))
    if low != "0" and high != "*" and UNIVERSE.index(low) >= UNIVERSE.index(high):
        low = "0"
    changes = draw(st.lists(_change, max_size=3))
    entry: dict[str, object] = {"version": low, "status": draw(_status), "versionType": "semver"}
    entry[draw(st.sampled_from(("lessThan", "lessThanOrEqual")))] = high
    return entry | ({"changes": changes} if changes else {})


def algorithm(versions: list[dict[str, object]], default: str, tested: str) -> str:
    """The schema's pseudocode, over positions in the universe; `0` is below all, `*` above."""

    def place(text: object) -> int:
        return -1 if text == "0" else len(UNIVERSE) if text == "*" else UNIVERSE.index(str(text))

    at = place(tested)
    for entry in versions:
        if "lessThan" not in entry and "lessThanOrEqual" not in entry:
            if place(entry["version"]) == at:
                return str(entry["status"])
            continue
        within = at < place(entry["lessThan"]) if "lessThan" in entry else at <= place(entry["lessThanOrEqual"])
        if place(entry["version"]) <= at and within:
            status = str(entry["status"])
            changes = entry.get("changes", [])
            assert isinstance(changes, list)
            for change in changes:
                if place(change["at"]) <= at:
                    status = change["status"]
            return status
    return default


@given(st.lists(st.one_of(_single, _ranged()), max_size=5), _status, _version)
def test_statuses_are_those_of_the_schemas_algorithm(
    versions: list[dict[str, object]], default: str, tested: str
) -> None:
    found = VersionRange.from_cve("npm", versions, default)
    expected = algorithm(versions, default, tested)
    assert (found.contains(tested) is not None) == (expected == "affected")
    if expected == "unknown":
        assert found.doubt(tested) or found.otherwise == "unknown"
    else:
        assert found.doubt(tested) == ""
    assert found.problems == ()


def one(version: str, **more: object) -> VersionRange:
    return VersionRange.from_cve("generic", [{"version": version, "status": "affected", **more}], "unaffected")


def test_branches_and_their_fixes() -> None:
    found = VersionRange.from_cve(
        "generic",
        [
            {"version": "8.1", "lessThan": "8.1.24-h1", "status": "affected"},
            {"version": "9.0", "lessThan": "9.0.17", "status": "affected"},
        ],
        "unaffected",
    )
    match = found.contains("9.0.3")
    assert match is not None
    assert (match.words, match.fixed) == ("from 9.0 and below 9.0.17", "9.0.17")
    assert found.contains("9.0.17") is None
    assert found.contains("8.2") is None


def test_a_default_of_affected_is_all_but_what_is_excepted() -> None:
    """How the Linux kernel's publisher writes: affected from 4.14 on, except fixed branches."""
    found = VersionRange.from_cve(
        "generic",
        [
            {"version": "4.14", "status": "affected"},
            {"version": "0", "lessThan": "4.14", "status": "unaffected"},
            {"version": "5.10.210", "lessThanOrEqual": "5.10.*", "status": "unaffected"},
            {
                "version": "6.8",
                "lessThanOrEqual": "*",
                "status": "unaffected",
                "versionType": "original_commit_for_fix",
            },
        ],
        "affected",
    )
    affected = [v for v in ("4.13.9", "4.14", "5.10.209", "5.10.210", "5.10.999", "5.11", "6.7.9", "6.8", "7.0")
                if found.contains(v)]  # fmt: skip
    assert affected == ["4.14", "5.10.209", "5.11", "6.7.9"]
    match = found.contains("5.10.1")
    assert match is not None
    assert (match.words, match.fixed) == ("from 4.14 and below 5.10.210 (unaffected)", "5.10.210")
    after = found.contains("5.11")
    assert after is not None
    assert after.words == "above 5.10.x and below 6.8 (unaffected)"


def test_changes_take_effect_from_their_version_on() -> None:
    found = one("1.0", lessThan="3.0", changes=[{"at": "2.0", "status": "unaffected"}])
    assert found.contains("1.9") is not None
    assert found.contains("2.0") is None
    assert found.contains("2.9") is None


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("All versions before 3.2", "below 3.2"),
        ("< 1.2.3", "below 1.2.3"),
        (">= 4.7.0, < 4.7.2", "from 4.7.0 and below 4.7.2"),
        ("1.0 - 2.4", "from 1.0 and up to and including 2.4"),
        ("prior to V8.0", "below V8.0"),
        ("0 <= 5.4", "from 0 and up to and including 5.4"),
        ("1.x", "from 1 and up to and including 1.x"),
        ("all versions", "every version, no fix known"),
    ],
)
def test_ranges_written_into_version_are_read(version: str, words: str) -> None:
    (span,) = one(version).spans
    assert span.words == words


@pytest.mark.parametrize("version", ["n/a", "unspecified", "-", "", "see references", "various"])
def test_a_version_that_says_nothing_leaves_everything_undecided(version: str) -> None:
    found = one(version)
    assert found.contains("1.0") is None
    assert "not decided" in found.doubt("1.0")
    assert found.problems


@pytest.mark.parametrize("lower", ["0", "*", "n/a", "unspecified", "", "earlier", "prior to 3.2"])
def test_no_lower_bound_in_its_many_spellings(lower: str) -> None:
    found = one(lower, lessThan="3.2")
    assert [span.words for span in found.spans] == ["below 3.2"]
    assert not found.problems


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"lessThan": "<=8.12"}, "up to and including 8.12"),
        ({"lessThanOrEqual": "v2.9"}, "up to and including v2.9"),
        ({"lessThanOrEqual": "6.6.*"}, "up to and including 6.6.x"),
        ({"lessThan": "5.x"}, "below 5"),
        ({"lessThanOrEqual": "latest"}, "every version, no fix known"),
        ({"lessThan": "*"}, "every version, no fix known"),
    ],
)
def test_upper_bounds_in_their_many_spellings(more: dict[str, object], words: str) -> None:
    assert [span.words for span in one("0", **more).spans] == [words]


@pytest.mark.parametrize("upper", ["https://example.org/releases", "2022.04.7, 2022.10.6", "-"])
def test_an_unreadable_end_leaves_what_lies_above_the_beginning_undecided(upper: str) -> None:
    found = one("2.0", lessThan=upper)
    assert found.contains("2.5") is None
    assert "not decided" in found.doubt("2.5")
    assert found.doubt("1.9") == "", "below the beginning the entry says nothing"


def test_an_entry_that_ends_before_it_begins_is_undecided_and_not_empty() -> None:
    found = one("6.4.3", lessThan="6.4.3")
    assert found.contains("6.0") is None
    assert found.doubt("6.0")
    assert not found.doubt("6.5")


def test_an_entry_that_says_affected_is_not_hidden_by_one_that_cannot_be_read_below_it() -> None:
    found = VersionRange.from_cve(
        "generic",
        [
            {"version": "1.0", "lessThan": "2.0", "status": "affected"},
            {"version": "n/a", "status": "affected"},
        ],
        "unaffected",
    )
    assert found.contains("1.5") is not None
    assert found.doubt("1.5") == ""
    assert found.doubt("3.0")


def test_unaffected_under_a_condition_is_undecided() -> None:
    found = VersionRange.from_cve("generic", [{"version": "< 3.0 (on Linux)", "status": "unaffected"}], "affected")
    assert found.contains("2.0") is None
    assert "not decided" in found.doubt("2.0")
    assert found.contains("3.1") is not None


def test_commits_are_kept_and_need_a_commit() -> None:
    found = VersionRange.from_cve(
        "generic",
        [{"version": "1da177e4c3f4", "lessThan": "9d1a0c6f2ba3", "status": "affected", "versionType": "git"}],
        "unaffected",
        "https://example.org/linux.git",
    )
    (commits,) = found.commits
    assert commits.repo == "https://example.org/linux.git"
    assert commits.introduced == ("1da177e4c3f4",)
    assert commits.fixed == ("9d1a0c6f2ba3",)
    assert found.needs_commit
    assert found.contains("5.4") is None
    assert "commit" in found.doubt("5.4")


def test_commits_beside_versions_leave_the_versions_decided() -> None:
    found = VersionRange.from_cve(
        "generic",
        [
            {"version": "1da177e4c3f4", "lessThan": "9d1a0c6f2ba3", "status": "affected", "versionType": "git"},
            {"version": "4.14", "lessThan": "5.0", "status": "affected"},
        ],
        "unaffected",
    )
    assert found.commits
    assert not found.needs_commit
    assert found.doubt("5.4") == ""


def test_a_name_of_a_commit_is_no_version_whatever_its_type() -> None:
    found = one("0", lessThan="dfbf87dff4ab")
    assert found.spans == ()
    assert found.needs_commit


def test_without_an_ordering_only_what_needs_none_is_decided() -> None:
    entries = [{"version": "1.0", "lessThan": "2.0", "status": "affected"}]
    with pytest.raises(UnsupportedEcosystemError):
        VersionRange.from_cve("VSCode", entries).contains("1.5")
    assert VersionRange.from_cve("VSCode", [{"version": "*", "status": "affected"}]).contains("x") is not None
    assert VersionRange.from_cve("VSCode", [{"version": "1.0", "status": "affected"}]).contains("1.0") is not None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_names = st.sampled_from(("version", "status", "lessThan", "lessThanOrEqual", "changes", "versionType", "at"))


@given(st.lists(st.dictionaries(_names, _json, max_size=6), max_size=4), st.text(max_size=10))
def test_hostile_entries_never_raise(versions: list[dict[str, object]], default: str) -> None:
    found = VersionRange.from_cve("npm", versions, default)
    found.contains("1.0.0")
    found.doubt("1.0.0")


def test_many_entries_are_read_in_time_and_too_many_are_told() -> None:
    many = [{"version": f"1.{number}", "status": "affected"} for number in range(21_000)]
    found = VersionRange.from_cve("generic", many, "unaffected")
    assert found.contains("1.77") is not None
    assert found.problems == ("more than 20000 entries",)
    assert found.doubt("9.0")


def _entries() -> Iterator[tuple[str, list[dict[str, object]]]]:
    import zstandard  # noqa: PLC0415 - only where the shared data is

    with (DATA / "vulnrichment-2024.ndjson.zst").open("rb") as file:
        for number, line in enumerate(io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8")):
            if number % 8 == 0:
                for entry in json.loads(line)["containers"]["cna"].get("affected", ()):
                    yield entry.get("defaultStatus", "unknown"), entry.get("versions", [])


@pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")
def test_real_records_are_read() -> None:
    """Every eighth record: what is unreadable is told, and nine in ten entries with bounds are read."""
    bounded = unread = 0
    for default, versions in _entries():
        found = VersionRange.from_cve("generic", versions, default)
        if found.problems:
            everything = any(span.low == b"" and span.high is None for span in found.spans)
            assert found.unknown or found.commits or everything, "what cannot be read is never silently not affected"
        if any(("lessThan" in entry or "lessThanOrEqual" in entry) for entry in versions):
            bounded += 1
            unread += bool(found.problems)
    assert bounded > 1_000
    assert unread / bounded < 0.1


@pytest.mark.parametrize(
    ("kind", "bounds", "expected"),
    [
        ("python", ("3.12.0", "3.13.0a5"), "PyPI"),
        ("python", ("3.12.0", "not one"), "generic"),
        ("rpm", ("0", "0:4.18.0-553.el8"), "Red Hat"),
        ("semver", ("1.0.0", "2.0.0-beta.1"), "npm"),
        ("semver", ("1.0", "2.4"), "generic"),
        ("semver", ("21.2R3-S8-EVO", "2.0.0-beta.1"), "generic"),
        ("semver", ("8.10.0.13", "8.10.0.14"), "generic"),
        ("maven", ("1.0", "2.0.0-M3"), "Maven"),
        ("maven", ("7.4.13", "7.4.13-u92"), "generic"),
        ("custom", ("1.0.0", "2.0.0-beta.1"), "generic"),
        ("date", ("2023-01-01", "2024-01-01"), "generic"),
    ],
)
def test_a_type_chooses_the_order_where_it_can_be_believed(kind: str, bounds: tuple[str, str], expected: str) -> None:
    low, high = bounds
    entries = [{"version": low, "lessThan": high, "versionType": kind, "status": "affected"}]
    assert ordering_named(entries) == expected
    mixed = [*entries, {"version": "1", "versionType": "other", "status": "affected"}]
    assert ordering_named(mixed) == "generic"
    assert ordering_named([{"versionType": kind, "status": "affected"}]) == "generic"


def test_a_release_of_type_git_is_a_release() -> None:
    released = {"version": "6.0.0", "lessThanOrEqual": "6.0.27", "versionType": "git", "status": "affected"}
    found = VersionRange.from_cve("generic", [released], "unaffected")
    assert found.contains("6.0.27")
    assert not found.contains("6.0.28")
    assert not found.needs_commit
    commits = {"version": "1da177e4c3f4", "lessThan": "5f58d4ea6f25", "versionType": "git", "status": "affected"}
    assert VersionRange.from_cve("generic", [commits], "unaffected").needs_commit


@pytest.mark.parametrize("default", ["unknown", "", "nonsense"])
def test_silence_about_other_versions_is_kept_and_raises_no_doubt(default: str) -> None:
    entry = {"version": "1.0", "lessThan": "2.0", "status": "affected"}
    found = VersionRange.from_cve("generic", [entry], default)
    assert found.otherwise == "unknown"
    assert found.contains("2.0") is None
    assert found.doubt("2.0") == ""
    said = VersionRange.from_cve(
        "generic", [entry, {"version": "2.0", "lessThan": "3.0", "status": "unknown"}], default
    )
    assert said.doubt("2.5")


def test_an_unreadable_entry_hides_no_later_one_that_is_affected() -> None:
    entries = [
        {"version": "see advisory", "status": "affected"},
        {"version": "1.0", "lessThan": "2.0", "status": "affected"},
    ]
    found = VersionRange.from_cve("generic", entries, "unaffected")
    assert found.contains("1.5")
    assert found.doubt("2.5")
    entries[0]["status"] = "unaffected"
    found = VersionRange.from_cve("generic", entries, "unaffected")
    assert found.contains("1.5") is None
    assert found.doubt("1.5")


def test_zero_alone_says_nothing() -> None:
    found = VersionRange.from_cve("generic", [{"version": "0", "status": "affected"}], "unaffected")
    assert found.contains("1.2") is None
    assert found.doubt("1.2")
    assert found.problems
    bounded = [{"version": "0", "lessThan": "2", "status": "affected"}]
    assert not VersionRange.from_cve("generic", bounded, "unaffected").doubt("2.1")
