"""Blobs: what `put` returned is on the disk under its digest, and a changed bit is an error."""

from __future__ import annotations

import errno
import io
import os
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import IntegrityError, LimitExceededError, NotFoundError, UnavailableError
from seawall.platform.blobs import FolderBlobStore


@pytest.fixture
def blobs(tmp_path) -> FolderBlobStore:
    return FolderBlobStore(tmp_path / "blobs")


def files(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file())


@given(data=st.binary(max_size=3000))
def test_what_goes_in_comes_out_under_its_digest(tmp_path_factory, data) -> None:
    blobs = FolderBlobStore(tmp_path_factory.mktemp("blobs"))
    ref = blobs.put(io.BytesIO(data), limit=3000)
    assert ref == blobs.put(data, limit=3000)
    assert (ref.digest, ref.size) == (sha256(data).hexdigest(), len(data))
    assert blobs.read(ref.digest) == data


def test_more_than_the_limit_leaves_nothing_behind(blobs, tmp_path) -> None:
    with pytest.raises(LimitExceededError, match=r"blob\.too-large"):
        blobs.put(io.BytesIO(b"x" * 11), limit=10)
    assert files(tmp_path) == []


def test_a_changed_bit_is_found_on_reading(blobs) -> None:
    ref = blobs.put(b"evidence", limit=100)
    path = blobs.path(ref.digest)
    path.chmod(0o600)
    path.write_bytes(b"evidencf")
    with pytest.raises(IntegrityError, match=r"blob\.corrupt"):
        blobs.read(ref.digest)


@pytest.mark.parametrize("digest", ["", "0" * 64, "../../etc/passwd", "G" * 64])
def test_what_is_not_there_is_said_so(blobs, digest) -> None:
    with pytest.raises(NotFoundError, match=r"blob\.missing"):
        blobs.read(digest)


def test_a_full_disk_says_so_and_keeps_no_part(blobs, tmp_path, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError, match=r"blob\.disk-full") as caught:
        blobs.put(b"data", limit=100)
    assert "Free some space" in caught.value.remedy
    assert files(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110 - a device
def test_a_real_full_device_is_translated(blobs, tmp_path, monkeypatch) -> None:
    # The part file is a link to /dev/full: the kernel itself says ENOSPC.
    real_open = type(tmp_path).open

    def open_full(path, mode="r", *args, **kwargs):
        return real_open(type(path)("/dev/full"), "wb") if mode == "xb" else real_open(path, mode, *args, **kwargs)

    monkeypatch.setattr(type(tmp_path), "open", open_full)
    with pytest.raises(UnavailableError, match=r"blob\.disk-full"):
        blobs.put(b"data" * 10_000, limit=100_000)


def test_blobs_cannot_be_written_by_accident(blobs) -> None:
    assert blobs.path(blobs.put(b"data", limit=100).digest).stat().st_mode & 0o777 == 0o400
