from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from typing import Any

import pytest

from seawall.validation.errors import EvidenceError
from seawall.validation.evidence import Archive, ArchiveEntry
from seawall.validation.evidence.archives import build_archive, literal_bytes

LINK = ArchiveEntry("link", type="symlink", target="../../etc")


def test_zip_keeps_bad_names_links_and_duplicates() -> None:
    entries = (
        ArchiveEntry("a/../../out/x", "1"),
        ArchiveEntry("a/../../out/x", "2"),
        ArchiveEntry("/abs", "3"),
        ArchiveEntry("d/", type="dir"),
        LINK,
    )
    body = build_archive(Archive("u.zip", "zip", entries), {})
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert [member.filename for member in archive.infolist()] == [
            "a/../../out/x",
            "a/../../out/x",
            "/abs",
            "d/",
            "link",
        ]
        link = archive.infolist()[-1]
        assert stat.S_ISLNK(link.external_attr >> 16)
        assert archive.read(link) == b"../../etc"
    assert body == build_archive(Archive("u.zip", "zip", entries), {})


def test_tar_keeps_links_and_content() -> None:
    entries = (
        ArchiveEntry("../x", {"$repeat": {"unit": "ab", "n": 3}}),
        LINK,
        ArchiveEntry("hard", type="hardlink", target="/etc/passwd"),
        ArchiveEntry("é" * 200, "y"),
    )
    body = build_archive(Archive("u.tar", "tar", entries), {})
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        first, link, hard, long = archive.getmembers()
        assert archive.extractfile(first).read() == b"ababab"  # type: ignore[union-attr]
        assert (link.issym(), link.linkname) == (True, "../../etc")
        assert (hard.islnk(), hard.linkname) == (True, "/etc/passwd")
        assert long.name == "é" * 200


def test_gzip_holds_one_file() -> None:
    body = build_archive(Archive("u.gz", "gzip", (ArchiveEntry("n", "text"),)), {})
    assert gzip.decompress(body) == b"text"


@pytest.mark.parametrize("name", ["\ud800", "x" * 70_000])
@pytest.mark.parametrize("kind", ["zip", "tar", "gzip"])
def test_names_that_a_format_cannot_hold_are_refused_or_written(name: str, kind: str) -> None:
    try:
        build_archive(Archive("u", kind, (ArchiveEntry(name, "x"),)), {})
    except EvidenceError as error:
        assert error.code == "validation.bad-evidence"  # noqa: PT017 - both ends are fine, a foreign exception is not


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("é", "é".encode()),
        ({"$hex": "00ff"}, b"\x00\xff"),
        ({"$b64": "AAE="}, b"\x00\x01"),
        ({"$concat": ["a", {"$hex": "62"}]}, b"ab"),
        ({"$latin1": "é"}, b"\xe9"),
        ({"$encode": "é"}, "é".encode()),
        ({"$bytes": "f"}, b"file"),
    ],
)
def test_entry_content(value: Any, expected: bytes) -> None:
    assert literal_bytes(value, {"f": b"file"}) == expected


@pytest.mark.parametrize("value", [3, None, {"a": 1}, {"$ref": "a:b"}, {"$bytes": "missing"}, {"$json": "f"}])
def test_content_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(EvidenceError):
        literal_bytes(value, {"f": b"{}"})
