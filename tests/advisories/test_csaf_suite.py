"""The published test documents of CSAF 2.0, and real advisories; read in place, skipped where absent."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from tests.advisories.examples import SHARED

from seawall.advisories.csaf import Severity, csaf_file_name, validate

_SUITE = SHARED / "suites" / "csaf-2.0"
_DATA = _SUITE / "validator" / "data"
_DISPUTED = {
    "optional/oasis_csaf_tc-csaf_2_0-2021-6-2-08-02.json": "6.1.25",
    "optional/oasis_csaf_tc-csaf_2_0-2021-6-2-09-02.json": "6.1.25",
}
"""Listed as valid, though one file has two hashes of one algorithm, which 6.1.25 forbids. See docs/advisories.md."""

pytestmark = pytest.mark.skipif(not _DATA.is_dir(), reason="the CSAF test documents are not here")


def _cases() -> list[tuple[str, str, dict[str, Any]]]:
    if not _DATA.is_dir():
        return []
    tests = json.loads((_DATA / "testcases.json").read_bytes())["tests"]
    return [
        (test["id"], kind, entry) for test in tests for kind in ("failures", "valid") for entry in test.get(kind, ())
    ]


@pytest.mark.parametrize(
    ("test", "kind", "entry"),
    [case for case in _cases() if case[0].startswith("6.1.")],
    ids=lambda value: value["name"][-14:-5] if isinstance(value, dict) else value,
)
def test_mandatory_tests_find_what_they_should(test: str, kind: str, entry: dict[str, Any]) -> None:
    found = {finding.test for finding in validate((_DATA / entry["name"]).read_bytes())}
    if kind == "failures":
        assert test in found
    else:
        assert found == set()


def test_suite_is_whole() -> None:
    counts = Counter(test.startswith("6.1.") for test, _, _ in _cases())
    assert counts == {True: 147, False: 92}


@pytest.mark.parametrize(
    ("test", "entry"), [(test, entry) for test, _, entry in _cases() if not test.startswith("6.1.")]
)
def test_optional_and_informative_documents_are_valid(test: str, entry: dict[str, Any]) -> None:
    errors = {f.test for f in validate((_DATA / entry["name"]).read_bytes()) if f.severity is Severity.ERROR}
    assert errors == ({_DISPUTED[entry["name"]]} if entry["name"] in _DISPUTED else set()), test


def test_file_names() -> None:
    names = _SUITE / "filenames" / "data"
    for expected, folder in ((True, "valid"), (False, "invalid")):
        for path in (names / folder).glob("*.json"):
            tracking_id = json.loads(path.read_bytes())["document"]["tracking"]["id"]
            assert (csaf_file_name(tracking_id) == path.name) is expected, path.name


@pytest.mark.slow
def test_real_advisories_are_valid() -> None:
    zstandard = pytest.importorskip("zstandard")
    path = SHARED / "data" / "csaf" / "cisa.ndjson.zst"
    if not path.is_file():
        pytest.skip("the real advisories are not here")
    with path.open("rb") as file:
        lines = zstandard.ZstdDecompressor().stream_reader(file).read().splitlines()
    verdicts = Counter(not validate(line) for line in lines)
    assert verdicts == {True: 1235, False: 1}  # the one is a ROLIE feed, not an advisory
