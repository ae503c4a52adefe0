"""OSV records: what is kept, what is left out, and what is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.kernel.errors import InvalidInputError, UnavailableError
from seawall.kernel.limits import Limits
from seawall.remediation import known_from_osv, read_osv


def record(id_: str = "PYSEC-2026-1", **more: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "Zope.Interface"},
        "ranges": [
            {"type": "GIT", "repo": "r", "events": [{"introduced": "0"}, {"fixed": "deadbeef"}]},
            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]},
            {"type": "ECOSYSTEM", "events": [{"introduced": "1"}, {"last_affected": "3"}]},
        ],
        "versions": ["1.0"],
    }
    return {"id": id_, "modified": "2026-01-01T00:00:00Z", "affected": [affected], **more}


def encoded(*records: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in records)


def test_a_record_keeps_its_ranges_apart_and_leaves_commits_out() -> None:
    known = known_from_osv(encoded(record(aliases=["cve-2026-1", "CVE-2026-1000", "ODD_1"], summary="Bad")))
    assert known is not None
    assert known.identifiers == ("CVE-2026-1000", "ODD_1", "PYSEC-2026-1", "cve-2026-1")
    assert (known.id, known.title, known.source) == ("PYSEC-2026-1", "Bad", "osv")
    (package,) = known.affected
    assert package.ranges == ((("introduced", "0"), ("fixed", "2")), (("introduced", "1"), ("last_affected", "3")))
    assert package.versions == ("1.0",)


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ({"ecosystem": "npm", "name": "@babel/core"}, "pkg:npm/%40babel/core"),
        ({"ecosystem": "Go", "name": "github.com/Foo/bar/v2"}, "pkg:golang/github.com/Foo/bar/v2"),
        ({"ecosystem": "Maven", "name": "org.x:y"}, "pkg:maven/org.x/y"),
        ({"ecosystem": "Other", "name": "z", "purl": "pkg:conan/z@1"}, "pkg:conan/z"),
        ({"ecosystem": "Other", "name": "z"}, "pkg:generic/other/z"),
        ({"purl": "pkg:pypi/a"}, "pkg:pypi/a"),
    ],
)
def test_packages_become_purls(package: dict[str, str], expected: str) -> None:
    known = known_from_osv(encoded(record(affected=[{"package": package, "versions": ["1"]}])))
    assert known is not None
    assert [str(entry.package) for entry in known.affected] == [expected]


def test_entries_that_name_no_package_or_no_version_are_left_out() -> None:
    entries = [{"versions": ["1"]}, {"package": {"ecosystem": "PyPI", "name": "a"}}, {"package": {"purl": "x"}}]
    known = known_from_osv(encoded(record(affected=entries)))
    assert known is not None
    assert known.affected == ()


def test_a_withdrawn_record_says_nothing() -> None:
    assert known_from_osv(encoded(record(withdrawn="2026-02-01T00:00:00Z"))) is None


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"id": 1}', b'{"id": "x", "affected": 1}', b'{"a":' * 9_000])
def test_what_is_no_record_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        known_from_osv(document)
    assert caught.value.code == "remediation.unreadable-records"


def test_files_lines_and_folders_are_read(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.json").write_text(json.dumps(record("A-1"), indent=2))
    (tmp_path / "deep" / "broken.json").write_bytes(b"{\n")
    (tmp_path / "deep" / "notes.txt").write_bytes(b"{")
    lines = tmp_path / "lines.ndjson"
    lines.write_bytes(
        encoded(record("B-1"), record("B-2", withdrawn="2026-01-01T00:00:00Z"), record("B-3")) + b"\n{\n\n"
    )
    reading = read_osv([tmp_path / "deep", lines])
    assert [known.id for known in reading.known] == ["A-1", "B-1", "B-3"]
    assert reading.withdrawn == 1
    assert len(reading.problems) == 2
    assert reading.problems[0].startswith(f"{tmp_path / 'deep' / 'broken.json'}: ")
    assert ", line 4: " in reading.problems[1]


@pytest.mark.parametrize("content", [b"", b"\n", b"not json", b'{"bomFormat": "CycloneDX"}'])
def test_a_named_file_without_a_record_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        read_osv([path])
    assert caught.value.code == "remediation.unreadable-records"


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        read_osv([tmp_path / "none.json"])


@pytest.mark.parametrize(
    "content", [encoded(record("A-1")) + b"\n" + b"x" * 2_000, json.dumps(record(), indent=1).encode() * 9]
)
def test_limits_hold(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "folder" / "x.json"
    path.parent.mkdir()
    path.write_bytes(content)
    reading = read_osv([path.parent], Limits(bytes=1_500, string_bytes=900))
    assert len(reading.problems) == 1
    assert "beyond the limit" in reading.problems[0]
