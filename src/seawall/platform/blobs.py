"""Blobs: bytes named by their SHA-256, written once, never changed.

A blob that `put` has returned is on the disk: file and folder are synced before the name is given out. Reading checks
the digest again, so a changed bit is an error and never silent.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from seawall.kernel.errors import IntegrityError, LimitExceededError, NotFoundError, UnavailableError
from seawall.platform.files import sync_folder

_CHUNK = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Name and size of a blob."""

    digest: str
    """SHA-256, 64 lower-case hex digits."""
    size: int
    """Bytes."""


class BlobStore(Protocol):
    """Keeps bytes by digest."""

    def put(self, source: BinaryIO | bytes, *, limit: int) -> BlobRef:
        """Store all of `source`, at most `limit` bytes, durably.

        Raises:
            LimitExceededError: There is more than `limit` (`blob.too-large`); nothing is kept.
            UnavailableError: The disk is full or not writable (`blob.disk-full`, `blob.unwritable`).
        """
        ...

    def open(self, digest: str) -> BinaryIO:
        """Open a blob for reading from its start; unverified, see `read`.

        Raises:
            NotFoundError: There is no such blob (`blob.missing`).
        """
        ...

    def read(self, digest: str) -> bytes:
        """Return a blob whose digest was checked.

        Raises:
            NotFoundError: There is no such blob (`blob.missing`).
            IntegrityError: The bytes are not those that were stored (`blob.corrupt`).
        """
        ...


class FolderBlobStore:
    """Blobs as files `ab/cdef…` below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, source: BinaryIO | bytes, *, limit: int) -> BlobRef:
        """See `BlobStore.put`."""
        with _translated(self._root):
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._root / f".part-{secrets.token_hex(8)}"
            try:
                return self._write(source, part, limit)
            finally:
                part.unlink(missing_ok=True)

    def open(self, digest: str) -> BinaryIO:
        """See `BlobStore.open`."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise _missing(digest) from None

    def read(self, digest: str) -> bytes:
        """See `BlobStore.read`."""
        with self.open(digest) as file:
            data = file.read()
        if sha256(data).hexdigest() != digest:
            raise IntegrityError(
                "blob.corrupt",
                f"the stored bytes of {digest[:16]}… have changed",
                remedy="Restore the file from a backup; `seawall ledger verify` lists all that changed.",
                digest=digest,
            )
        return data

    def path(self, digest: str) -> Path:
        """Where a blob lies, whether or not it exists.

        Raises:
            NotFoundError: The text is no SHA-256, so no blob can have it (`blob.missing`).
        """
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):  # noqa: PLR2004 - SHA-256 in hex
            raise _missing(digest)
        return self._root / digest[:2] / digest[2:]

    def _write(self, source: BinaryIO | bytes, part: Path, limit: int) -> BlobRef:
        digest, size = sha256(), 0
        with part.open("xb") as file:
            for chunk in (source,) if isinstance(source, bytes) else iter(lambda: source.read(_CHUNK), b""):
                size += len(chunk)
                if size > limit:
                    raise LimitExceededError(
                        "blob.too-large",
                        f"the input is larger than {limit} bytes",
                        remedy="Split it, or raise the limit with SEAWALL_MAX_BYTES.",
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        ref = BlobRef(digest.hexdigest(), size)
        target = self.path(ref.digest)
        if not target.exists():
            made = not target.parent.exists()
            target.parent.mkdir(exist_ok=True, mode=0o700)
            part.chmod(0o400)
            part.replace(target)
            sync_folder(target.parent)
            if made:
                sync_folder(self._root)
        return ref


@contextmanager
def _translated(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise UnavailableError(
                "blob.disk-full",
                f"no space left to store the input under {root}",
                remedy="Free some space and submit again; what was acknowledged before is safe.",
            ) from error
        raise UnavailableError(
            "blob.unwritable",
            f"{root} cannot be written: {error.strerror}",
            remedy="Check SEAWALL_HOME and its permissions.",
        ) from error


def _missing(digest: str) -> NotFoundError:
    return NotFoundError(
        "blob.missing",
        f"no stored bytes have the digest {digest[:64]}",
        remedy="Restore the blob folder from a backup, or submit the input again.",
    )
