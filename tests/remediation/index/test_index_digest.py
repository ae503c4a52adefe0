"""What is no index, not whole, or of another format is refused; what was verified is not hashed again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.remediation.index.conftest import affects, record

from seawall.kernel.errors import IntegrityError, InvalidInputError, SeawallError, UnavailableError
from seawall.remediation.index import build_index, digest, manifest_path, open_index, verify
from seawall.remediation.index.digest import verified_path


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "known #1%.db"
    build_index(path, [record("PYSEC-2026-1", affects("pypi/jinja2", ("introduced", "0")))])
    return path


def _rewrite(path: Path, **fields: object) -> None:
    manifest = msgspec.json.decode(manifest_path(path).read_bytes())
    manifest_path(path).write_bytes(msgspec.json.encode(manifest | fields))


def test_a_whole_index_opens_whatever_its_name(index: Path) -> None:
    with open_index(index) as opened:
        assert opened.info.records == 1


@pytest.mark.parametrize("remembered", [True, False])
def test_a_changed_byte_is_found(index: Path, *, remembered: bool) -> None:
    if not remembered:
        verified_path(index).unlink()
    data = bytearray(index.read_bytes())
    data[len(data) // 2] ^= 1
    index.write_bytes(data)
    with pytest.raises(IntegrityError, match="index-damaged") as caught:
        open_index(index)
    assert "index build" in caught.value.remedy


def test_a_truncated_file_is_found_by_its_size(index: Path) -> None:
    index.write_bytes(index.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match="bytes, and its manifest says"):
        open_index(index)


@pytest.mark.parametrize("data", [b"", b"{}", b"SQLite format 3\x00", b"SQLite format 3\x00" + bytes(84), b"x" * 5000])
def test_a_file_that_is_no_index_is_refused(data: bytes, index: Path) -> None:
    index.write_bytes(data)
    with pytest.raises(InvalidInputError, match="no-index"):
        open_index(index)


def test_a_newer_format_is_refused_by_the_manifest_and_by_the_file(index: Path) -> None:
    data = bytearray(index.read_bytes())
    data[60:64] = (99).to_bytes(4, "big")
    other = index.with_name("other.db")
    other.write_bytes(data)
    with pytest.raises(InvalidInputError, match="index-too-new") as caught:
        open_index(other)
    assert "Update Seawall" in caught.value.remedy
    _rewrite(index, format=99)
    with pytest.raises(InvalidInputError, match="index-too-new"):
        open_index(index)


def test_an_older_format_is_built_again(index: Path) -> None:
    data = bytearray(index.read_bytes())
    data[60:64] = bytes(4)
    index.write_bytes(data)
    with pytest.raises(InvalidInputError, match="index-too-old"):
        open_index(index)


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"format": 1}', b"\xff" * 10, b"[" * 100_000])
def test_nothing_is_trusted_without_a_manifest(content: bytes | None, index: Path) -> None:
    if content is None:
        manifest_path(index).unlink()
    else:
        manifest_path(index).write_bytes(content)
    with pytest.raises(InvalidInputError, match="index-without-manifest"):
        open_index(index)


def test_a_wrong_digest_is_refused_even_if_the_file_was_verified_before(index: Path) -> None:
    _rewrite(index, digest="0" * 64)
    with pytest.raises(IntegrityError, match="index-damaged"):
        open_index(index)


def test_a_verified_file_is_hashed_once(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verify(index)
    monkeypatch.setattr(digest, "digest_of", lambda path: pytest.fail("hashed again"))
    verify(index)


def test_a_file_that_was_touched_is_hashed_again(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verify(index)
    index.touch()
    hashed: list[Path] = []
    real = digest.digest_of
    monkeypatch.setattr(digest, "digest_of", lambda path: hashed.append(path) or real(path))
    verify(index)
    verify(index)
    assert hashed == [index]
    verify(index, fully=True)
    assert len(hashed) == 2


@pytest.mark.parametrize("note", [b"", b"{}", b"null", b"\xff"])
def test_a_broken_note_costs_a_hash_and_nothing_else(note: bytes, index: Path) -> None:
    verified_path(index).write_bytes(note)
    assert verify(index).records == 1


def test_a_missing_index_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="index-unopened") as caught:
        open_index(tmp_path / "known.db")
    assert "index build" in caught.value.remedy


def test_every_refusal_is_a_seawall_error(index: Path) -> None:
    for size in range(0, index.stat().st_size, 997):
        cut = index.with_name("cut.db")
        cut.write_bytes(index.read_bytes()[:size])
        manifest_path(cut).write_bytes(manifest_path(index).read_bytes())
        with pytest.raises(SeawallError):
            open_index(cut)
