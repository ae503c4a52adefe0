"""OSV records: each field that matching needs, and what of a record cannot be used."""

from __future__ import annotations

import contextlib
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import InvalidInputError
from seawall.remediation.model import Record
from seawall.remediation.records import reader_of
from seawall.remediation.records.osv import read

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "osv"


def one(**fields: Any) -> Record:
    document = {"id": "PYSEC-2026-1", "modified": "2026-01-03T00:00:00Z", **fields}
    (found,) = read(msgspec.json.encode(document))
    return found


def affected(ecosystem: str = "PyPI", name: str = "Jinja2", *events: dict[str, str], **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges, **more}


def test_a_record_is_read_whole() -> None:
    document = msgspec.json.encode(
        {
            "id": "pysec-2026-1".upper(),
            "summary": "Attributes\n  escape",
            "aliases": ["cve-2026-1234", "GHSA-2222-2222-2222"],
            "published": "2026-01-02T00:00:00Z",
            "modified": "2026-01-03T00:00:00Z",
            "references": [{"type": "FIX", "url": "https://a.test"}, {"type": "ADVISORY", "url": "https://b.test"}],
            "affected": [affected("PyPI", "Jinja2", {"introduced": "2"}, {"fixed": "3"}, versions=["2.1"])],
        }
    )
    (record,) = read(document)
    assert record.id == "PYSEC-2026-1"
    assert record.identifiers == ("CVE-2026-1234", "GHSA-2222-2222-2222", "PYSEC-2026-1")
    assert record.title == "Attributes escape"
    assert record.source == "osv"
    assert record.digest == sha256(document).hexdigest()
    assert record.url == "https://b.test"
    assert record.fix_published == record.published == "2026-01-02T00:00:00Z"
    (entry,) = record.affected
    assert entry.package == "pypi/jinja2"
    assert entry.versions.contains("2.5") is not None
    assert entry.versions.contains("3") is None


def test_a_record_without_a_fix_has_no_day_of_a_fix() -> None:
    record = one(published="2026-01-02T00:00:00Z", affected=[affected("PyPI", "a", {"introduced": "0"})])
    assert record.fix_published == ""


def test_dates_that_nobody_knew_are_none() -> None:
    record = one(published="0001-01-01T00:00:00Z", modified="0001-01-01T00:00:00Z")
    assert record.published == record.modified == ""


def test_a_withdrawn_record_says_nothing() -> None:
    record = one(withdrawn="2026-02-01T00:00:00Z", affected=[affected("PyPI", "a", {"introduced": "0"})])
    assert record.withdrawn
    assert record.affected == ()


def test_ranges_of_commits_are_kept_as_such() -> None:
    ranges = [{"type": "GIT", "repo": "https://x.test/a", "events": [{"introduced": "0"}, {"fixed": "f00"}]}]
    record = one(affected=[{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": ranges}])
    versions = record.affected[0].versions
    assert versions.needs_commit
    assert versions.commits[0].repo == "https://x.test/a"
    assert versions.commits[0].fixed == ("f00",)


def test_an_unknown_registry_is_named_by_the_records_own_package_url() -> None:
    package = {"ecosystem": "OSS-Fuzz", "name": "libxml2", "purl": "pkg:generic/libxml2"}
    record = one(affected=[{"package": package, "versions": ["v2.9"]}])
    assert record.affected[0].package == "generic/libxml2"
    assert record.affected[0].versions.ecosystem == "OSS-Fuzz"


def test_an_update_that_closes_many_glues_none_together() -> None:
    assert one(id="USN-1-1", upstream=["CVE-2026-1", "CVE-2026-2"]).identifiers == ("USN-1-1",)
    assert one(id="DEBIAN-CVE-2026-1", upstream=["CVE-2026-1001"]).identifiers == (
        "CVE-2026-1001",
        "DEBIAN-CVE-2026-1",
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"ranges": []}, "names no package"),
        ({"package": {"name": "a"}, "versions": ["1"]}, "ecosystem ''"),
        (affected("PyPI", "a"), "neither ranges nor versions"),
        (affected("Debian", "openssl", {"introduced": "0"}), "no release of Debian"),
        (
            {
                "package": {"name": "a", "ecosystem": "PyPI"},
                "ranges": [{"type": "TIDE", "events": [{"introduced": "0"}]}],
            },
            "unknown type 'TIDE'",
        ),
    ],
)
def test_what_cannot_be_used_is_told(entry: dict[str, Any], words: str) -> None:
    record = one(affected=[entry])
    assert any(words in problem for problem in record.problems)


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"id": ""}', b'{"id": 5}', b'{"id": "A-1", "affected": 7}', b"\xff", b"[" * 100_000, b"null"],
)
def test_what_is_no_record_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError, match="unreadable-record"):
        read(document)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    for document in (value, {"id": "A-1", "affected": [value]}, {"id": "A-1", "affected": [{"ranges": value}]}):
        with contextlib.suppress(InvalidInputError):
            assert all(record.id for record in read(msgspec.json.encode(document)))


def test_the_registry_of_formats_knows_it() -> None:
    assert reader_of("osv").read is read


@pytest.mark.skipif(not SHARED.exists(), reason="the published records are not at hand")
@pytest.mark.parametrize("name", ["pypi", "go", "oss-fuzz"])
def test_every_published_record_is_read(name: str) -> None:
    zstandard = pytest.importorskip("zstandard")
    with (SHARED / f"{name}.ndjson.zst").open("rb") as packed:
        lines = zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines()
    records = [record for line in lines for record in read(line)]
    assert len(records) == len(lines)
    unusable = [record.id for record in records if not record.affected and not record.withdrawn]
    assert len(unusable) <= len(records) // 1_000


@pytest.mark.parametrize("ecosystem", ["PyPI", "OSS-Fuzz"])
def test_an_entry_without_ranges_and_versions_leaves_every_version_in_doubt(ecosystem: str) -> None:
    (entry,) = one(affected=[affected(ecosystem, "a")]).affected
    assert entry.versions.contains("1.0") is None
    assert "neither ranges nor versions" in entry.versions.doubt("1.0")
